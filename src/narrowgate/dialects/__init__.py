"""How clients speak to us. Pure."""
