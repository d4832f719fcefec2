"""The floors: a web server and a worker that do the least for a request. The product knows nothing of them."""
