"""How we speak to model providers: profiles as data. Pure."""
