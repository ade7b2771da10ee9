// SPDX-License-Identifier: MIT
use async_openai::config::OpenAIConfig;
use async_openai::types::{
    ChatCompletionRequestUserMessageArgs, CreateChatCompletionRequestArgs,
};
use async_openai::Client;
use futures::StreamExt;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().expect("a URL");
    let model = arguments.next().expect("a model");
    let config = OpenAIConfig::new()
        .with_api_key("bench")
        .with_api_base(url.trim_end_matches('/'));
    let request = CreateChatCompletionRequestArgs::default()
        .model(model)
        .messages([ChatCompletionRequestUserMessageArgs::default()
            .content("hi")
            .build()?
            .into()])
        .build()?;
    let mut stream = Client::with_config(config)
        .chat()
        .create_stream(request)
        .await?;
    let mut seen = 0;
    while let Some(chunk) = stream.next().await {
        for choice in chunk?.choices {
            seen += usize::from(choice.delta.content.is_some());
        }
    }
    println!("{seen}");
    Ok(())
}
