"""A TCP proxy that can be slow, or fall silent without closing, as a broken network does."""

import asyncio
import random
import threading
from collections.abc import Coroutine
from typing import Any

from tests.chaos.servers import HOST, free_port


class Proxy:
    """Forwards from its port to another one, in a thread of its own."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = free_port()
        self.delay = (0.0, 0.0)  # seconds, mean and spread
        self.generation = 0  # connections of an earlier one are dead, but stay open
        self.held: set[asyncio.Task[Any] | None] = set()  # those that are silent wait for ever
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, name="proxy", daemon=True).start()
        server = asyncio.start_server(self._accept, HOST, self.port)
        asyncio.run_coroutine_threadsafe(server, self.loop).result(10)

    def silence(self) -> None:
        """Stop forwarding on all present connections; they stay open, and new ones work."""
        self.generation += 1

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.held.add(asyncio.current_task())
        try:
            far_reader, far_writer = await asyncio.open_connection(HOST, self.target)
        except OSError:
            writer.close()
            return
        pipes: list[Coroutine[Any, Any, None]] = [
            self._pipe(reader, far_writer, self.generation),
            self._pipe(far_reader, writer, self.generation),
        ]
        await asyncio.gather(*pipes)
        self.held.discard(asyncio.current_task())

    async def _pipe(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        generation: int,
    ) -> None:
        try:
            while data := await reader.read(65536):
                if any(self.delay):
                    mean, spread = self.delay
                    await asyncio.sleep(random.uniform(mean - spread, mean + spread))
                if generation == self.generation:
                    writer.write(data)
                    await writer.drain()
        except OSError:
            pass
        if generation == self.generation:
            writer.close()
