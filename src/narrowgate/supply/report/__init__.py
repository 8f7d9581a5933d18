"""How an inventory is told: lines for a terminal, JSON, SARIF, CycloneDX, a page of HTML."""
