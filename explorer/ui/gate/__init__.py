"""The gate: what stands between the network and Gradio. Every request passes it; each file here is one thing it does."""
