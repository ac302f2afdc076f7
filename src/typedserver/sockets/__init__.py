"""Small operations on one socket, each with the kernel's behaviour that it rests on. Knows no server and no loop."""
