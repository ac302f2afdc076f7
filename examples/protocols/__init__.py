"""What the examples of ONC RPC speak: protocols in the RPC language, and what `typedserver-rpcgen` has made of them."""
