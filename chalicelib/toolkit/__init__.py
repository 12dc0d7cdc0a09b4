"""Pure helpers shared by connectors and steps: signing, clocks, exact numbers, typed decoding, paging, forms and XML."""
