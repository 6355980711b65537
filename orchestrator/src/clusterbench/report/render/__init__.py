"""The media: terminal, Markdown, the page, and pictures."""
