"""A trust framework in a box: issues identities, publishes keys, watches who fetches them."""
