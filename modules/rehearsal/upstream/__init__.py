"""The LLM provider behind the rehearsal's models: it speaks OpenAI's protocol and makes its answers up."""
