// SPDX-License-Identifier: MIT
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/openai/openai-go"
	"github.com/openai/openai-go/option"
)

func main() {
	client := openai.NewClient(option.WithBaseURL(os.Args[1]),
		option.WithAPIKey("bench"))
	stream := client.Chat.Completions.NewStreaming(context.Background(),
		openai.ChatCompletionNewParams{
			Model:    os.Args[2],
			Messages: []openai.ChatCompletionMessageParamUnion{openai.UserMessage("hi")},
		})
	seen := 0
	for stream.Next() {
		chunk := stream.Current()
		if len(chunk.Choices) > 0 && chunk.Choices[0].Delta.Content != "" {
			seen++
		}
	}
	if stream.Err() != nil {
		panic(stream.Err())
	}
	fmt.Println(seen)
}
