"""The builder and the real models: answers, engines, quantisation, repeatability."""
