"""A service that takes its time: `python -m tests.bench.slow PORT SECONDS`. Answers every request to `/` alike."""

import asyncio
import sys

ANSWER = b'{"answer": 42}'


async def main(port: int, seconds: float) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await _answer(reader, writer, seconds):
                pass
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port, backlog=1_000)
    async with server:
        await server.serve_forever()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> bool:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = next((line.split(b":")[1] for line in head.split(b"\r\n") if line.startswith(b"content-length:")), b"0")
    await reader.readexactly(int(length))
    await asyncio.sleep(seconds)
    status = b"200 OK" if head.split(b" ")[1] == b"/" else b"404 Not Found"
    head = b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (status, len(ANSWER))
    writer.write(head + ANSWER)
    await writer.drain()
    return True


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))
