"""A computation graph as data, and its pictures: SVG, pages, Mermaid, DOT and text."""
