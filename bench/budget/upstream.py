"""A model provider that bills: answers of random length, whole or as streams, and the sum of what they cost."""
import asyncio
import json
import random

# Picodollars a token, as the built-in price file has them.
PRICES = {"gpt-4o-mini": (150_000, 600_000), "gpt-4o": (2_500_000, 10_000_000)}
MOST_UNBOUNDED = 2000  # tokens of an answer that nobody bounded


async def read_message(reader: asyncio.StreamReader) -> tuple[bytes, dict, bytes]:
    """First line, headers in lower case, body; for requests and for answers that give their length."""
    head = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(b":") for line in head[1:] if line)}
    return head[0], headers, await reader.readexactly(int(headers.get(b"content-length", 0)))


class Upstream:
    def __init__(self, seed: int):
        self.random = random.Random(seed)
        self.billed = 0  # picodollars of every token that was read or written
        self.calls = 0

    async def start(self) -> str:
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0, limit=1 << 20)
        return "http://127.0.0.1:%d" % server.sockets[0].getsockname()[1]

    async def serve(self, reader, writer):
        try:
            while True:
                _, _, body = await read_message(reader)
                await self.answer(json.loads(body), len(body), writer)
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass  # who asked went away, or the storm is over
        finally:
            writer.close()

    async def answer(self, request: dict, size: int, writer):
        self.calls += 1
        into, out = PRICES[request["model"]]
        read, most = size // 4, request.get("max_tokens", MOST_UNBOUNDED)
        tokens = self.random.randint(1, min(most, MOST_UNBOUNDED))
        self.billed += read * into
        usage = {"prompt_tokens": read, "completion_tokens": tokens, "total_tokens": read + tokens}
        if request.get("stream"):
            await self.stream(tokens, out, usage, writer)
            return
        self.billed += tokens * out
        await asyncio.sleep(self.random.uniform(0.001, 0.03))
        body = json.dumps({"id": "x", "object": "chat.completion", "model": request["model"], "usage": usage, "choices": [
            {"index": 0, "message": {"role": "assistant", "content": "word " * tokens}, "finish_reason": "stop"}]}).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()

    async def stream(self, tokens: int, price: int, usage: dict, writer):
        """Ten tokens at a time, billed as they are written; who hangs up pays no more."""
        def chunk(data: bytes):
            data = b"data: " + data + b"\n\n"
            writer.write(b"%x\r\n" % len(data) + data + b"\r\n")

        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        for written in range(0, tokens, 10):
            if writer.transport.is_closing():
                return
            count = min(10, tokens - written)
            for _ in range(count):
                chunk(b'{"id":"x","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"word "}}]}')
            self.billed += count * price
            await writer.drain()
            await asyncio.sleep(0.001)
        chunk(json.dumps({"id": "x", "object": "chat.completion.chunk", "choices": [], "usage": usage}).encode())
        chunk(b"[DONE]")
        writer.write(b"0\r\n\r\n")
        await writer.drain()
