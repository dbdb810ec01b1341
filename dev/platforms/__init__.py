"""Where the product publishes to, at the wire: one stand-in for each platform, and what they are told to do wrong."""
