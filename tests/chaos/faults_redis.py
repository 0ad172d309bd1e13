"""Faults of Redis and of the way to it."""

import json
import signal
import time
import uuid
from contextlib import suppress
from random import Random

from redis.exceptions import ResponseError

from tests.chaos.fault import fault
from tests.chaos.stage import Stage

LANES = ("interactive", "bulk")
AWAY = 20.0  # seconds that Redis is away, by default


@fault("F4")
def redis_is_stopped(stage: Stage, random: Random) -> None:
    """Redis is stopped for 20 seconds and comes back empty."""
    stage.redis.stop()
    time.sleep(AWAY)
    stage.redis.start()


@fault("F5", short=True)
def redis_is_emptied(stage: Stage, random: Random) -> None:
    """Redis is emptied with FLUSHALL."""
    stage.redis.client.flushall()


@fault("F5")
def redis_is_replaced(stage: Stage, random: Random) -> None:
    """Redis is killed and at once replaced by an empty one."""
    stage.redis.stop()
    stage.redis.start()


@fault("F6", short=True)
def redis_is_frozen(stage: Stage, random: Random) -> None:
    """Redis hangs for a while (SIGSTOP): connections open, nothing answers."""
    stage.redis.signal(signal.SIGSTOP)
    time.sleep(AWAY / 4 if stage.hurried else AWAY)
    stage.redis.signal(signal.SIGCONT)


@fault("F6")
def redis_is_paused(stage: Stage, random: Random) -> None:
    """Redis holds all commands back for 20 seconds (CLIENT PAUSE)."""
    stage.redis.client.client_pause(int(AWAY * 1000), all=True)
    time.sleep(AWAY)


@fault("F7")
def connections_are_cut(stage: Stage, random: Random) -> None:
    """All connections to Redis are cut every 2 seconds, for 20 seconds."""
    for _ in range(10):
        stage.redis.client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        time.sleep(2)


@fault("F8")
def connections_fall_silent(stage: Stage, random: Random) -> None:
    """All connections to Redis fall silent without being closed; new ones work."""
    stage.proxy.silence()


@fault("F9")
def redis_is_full(stage: Stage, random: Random) -> None:
    """Redis is full for 15 seconds: it refuses every write."""
    stage.redis.client.config_set("maxmemory", 1)
    time.sleep(15)
    stage.redis.client.config_set("maxmemory", 0)


@fault("F9")
def redis_cannot_persist(stage: Stage, random: Random) -> None:
    """Redis cannot write its file for 15 seconds and refuses every write (MISCONF)."""
    (stage.redis.directory / "dump.rdb").mkdir(exist_ok=True)
    stage.redis.client.config_set("save", "1 1")
    with suppress(ResponseError):  # since it could not the last time it refuses at once
        stage.redis.client.set("unsaved", 1)
    time.sleep(15)
    stage.redis.client.config_set("save", "")


@fault("F10")
def redis_is_slow(stage: Stage, random: Random) -> None:
    """Each answer of Redis takes 500 ± 300 ms longer, for 20 seconds."""
    stage.proxy.delay = (0.25, 0.15)  # there and back
    time.sleep(AWAY)
    stage.proxy.delay = (0.0, 0.0)


@fault("F14", short=True)
def messages_are_delivered_again(stage: Stage, random: Random) -> None:
    """Every message is there three times more, also those of jobs that run or have ended."""
    from project.celery import app
    from worker.dispatch import TASK
    from worker.models import Job

    for lane in LANES:
        for message in stage.redis.client.lrange(lane, 0, 200):
            stage.redis.client.lpush(lane, message, message, message)
    latest = Job.objects.order_by("-id").values_list("id", "attempts", "lane")[:50]
    for job_id, attempts, lane in latest:
        for attempt in range(attempts + 1):
            app.send_task(TASK, args=[[(str(job_id), attempt)]], queue=lane, retry=False)


@fault("F22", short=True)
def messages_are_garbage(stage: Stage, random: Random) -> None:
    """Messages arrive that are no messages, or name unknown tasks or jobs."""
    from project.celery import app
    from worker.dispatch import TASK

    for lane in LANES:
        for arguments in ([], [[["no id", 0]]], [[[str(uuid.uuid4()), 0]]], [None], [[1]]):
            app.send_task(TASK, args=arguments, queue=lane, retry=False)
        app.send_task("worker.tasks.gone", args=[1], queue=lane, retry=False)
        envelope = json.loads(app_message(stage, lane))
        broken = (
            b"",
            b"\xff\xfe",
            b"not json",
            b"[]",
            b"{}",
            json.dumps(envelope | {"body": "!!!"}).encode(),
            json.dumps(envelope | {"content-type": "application/x-python-serialize"}).encode(),
            json.dumps(envelope | {"headers": {}}).encode(),
            json.dumps(envelope | {"properties": {}}).encode(),
        )
        for message in random.sample(broken, len(broken)):
            stage.redis.client.lpush(lane, message)


def app_message(stage: Stage, lane: str) -> bytes:
    """Return a message as Celery writes it, taken from a queue that nobody reads."""
    from project.celery import app
    from worker.dispatch import TASK

    app.send_task(TASK, args=[[[str(uuid.uuid4()), 0]]], queue="chaos", retry=False)
    message = stage.redis.client.rpop("chaos")
    assert isinstance(message, bytes)
    envelope = json.loads(message)
    envelope["properties"]["delivery_info"]["routing_key"] = lane
    return json.dumps(envelope).encode()
