"""Stage `view`: compressed forms of a trained scene, the page to look at it, and the report."""
