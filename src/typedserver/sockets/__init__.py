"""Small operations on one socket, each with the kernel behaviour that it rests on. They know no server and no loop."""
