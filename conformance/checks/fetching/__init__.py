"""What a provider fetches: keys behind URLs, where else it lets itself be led, and how long."""
