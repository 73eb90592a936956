# summary: a port of this machine that nobody listens on
import random
import socket


def free_port():
    """Below the ports that the kernel gives to clients, so that none of them takes it before it is used."""
    while True:
        port = random.randrange(12000, 20000)
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) != 0:
                return port
