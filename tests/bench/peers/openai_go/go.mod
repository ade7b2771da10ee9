module openai_go_bench

go 1.22

require github.com/openai/openai-go v1.12.0
