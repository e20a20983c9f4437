"""Reading outputs of data products in a sandboxed child process (extra `meshweave[data]`)."""
