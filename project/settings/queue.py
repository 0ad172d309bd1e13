"""The queue's settings and limits, each with its reason. Tests read them from here.

The database row is the job; a message in Redis only rings for it. So every setting
below prefers a repeated message (which finds nothing to claim) to a lost one, and
nothing but the database decides how often a job is tried.
"""

from datetime import timedelta

from project import environment

# --- The life of a job --------------------------------------------------------
JOB_MAX_ATTEMPTS = 3
"""Tries of a job before it fails with ``worker_lost``: a picture that kills its worker stops."""

JOB_SOFT_TIME_LIMIT = timedelta(seconds=30)
"""A Python signal in the worker; it has to wait for C code to return."""

JOB_HARD_TIME_LIMIT = timedelta(seconds=45)
"""SIGKILL by the parent process: always works."""

JOB_LEASE = timedelta(seconds=55)
"""A claim holds the job this long. Outlives the hard limit of the whole message, so that
nobody who is still alive can hold an expired lease."""

JOB_DEADLINE = timedelta(hours=24)
"""A job that nobody could start within this time is ``expired``."""

JOB_FINISH_RETRIES = (1, 2, 4, 8, 16)
"""Seconds between tries to store a result while the database is away."""

PRELOAD_MODELS = True
"""Whether a worker loads the services' default models before it takes its first job."""

# --- Dispatch -------------------------------------------------------------------
DISPATCH_WINDOW = 16
"""Jobs of one user that may be published and unfinished per lane; the rest waits in the
database, so that ten thousand pictures of one user never delay another's single one."""

DISPATCH_TOGETHER = {"bulk": 4, "interactive": 8}
"""Jobs in one message, by lane: in the bulk lane, and where messages wait in line anyhow, as one
costs about as much as the rest of a job that does nothing. Fewer of them in the bulk lane: whoever
hands in a single picture waits until a worker's process has done with the message it has."""

DISPATCH_TOGETHER_TIME = timedelta(seconds=1)
"""How long after a message's first job another one of it is begun. The rest is sent again, each on
its own: slow jobs gain nothing by it, and all of a message have one time limit."""

DISPATCH_ENOUGH = 16
"""Messages of a lane that no worker has taken: with so many all workers have what to do, and who
has some among them rings for the next job when one has ended."""

DISPATCH_AT_ONCE = 2
"""Jobs of one user that are published at once even then: each line of jobs goes on by itself once
it moves, and nobody waits for room before their first."""

INTERACTIVE_LIMIT = 5
"""A submission of more pictures than this goes to the bulk lane."""

RING_AGAIN_AFTER: tuple[float, ...] = (30, 60, 120, 240, 480, 600)
"""Seconds until a published job that nobody claimed is published again, by rings so far."""

SWEEP_INTERVAL = timedelta(seconds=10)

TEND_INTERVAL = timedelta(seconds=3)
"""How often a worker looks whether there is something to do that is no job: a model to check."""

CANARY_INTERVAL = timedelta(seconds=10)
"""How often a worker sends itself a message, to see that it still consumes."""

CANARY_PATIENCE = timedelta(seconds=75)
"""A worker that has not run a canary for so long exits, to be started again. Longer than the
hard limit: processes that are all busy with slow jobs are not stuck."""

IDLE_PATIENCE = timedelta(seconds=30)
"""The same for a worker that has nothing in hand, and so no excuse."""

CHILD_MEMORY_HEADROOM = 1024**3
"""Bytes of address space that a worker process may take beyond what it has with its model
loaded: a picture that wants more gets a MemoryError instead of the kernel's killer."""

SWEEP_LIMIT = 500
"""Jobs that one sweep treats at most, so that an overload does not multiply messages."""

# --- What a user may hand in -------------------------------------------------------
UPLOAD_MAX_BYTES = 10 * 1024 * 1024
COMMAND_MAX_BYTES = 200 * 1024 * 1024
"""The same for `manage.py classify`, whose user has access to the machine anyway."""

UPLOAD_MAX_FILES = 50
"""In one request. A browser that sends one file a request may go on to:"""

BATCH_MAX_JOBS = 1_000
DATA_UPLOAD_MAX_NUMBER_FILES = 1_000  # more than we take, so that a form can say how many
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600

MODEL_MAX_BYTES = 400 * 1024 * 1024
"""Of a model that an administrator hands in on a page. A command takes up to a gigabyte."""

QUOTA_UNFINISHED_JOBS = 2_500
"""Unfinished jobs of one user."""

QUOTA_JOBS_PER_MINUTE = 3_000
QUOTA_JOBS_PER_DAY = 50_000
QUOTA_STORED_BYTES = 10 * 1024**3
"""Of one user: jobs handed in, and bytes of pictures that are kept."""

ALLOWANCES_KEPT_SECONDS = 5
"""For so long a web process remembers what a user may do: groups and users can have limits of
their own, and asking for them with every job would be one more statement."""

MODELS_KEPT_SECONDS = 1
"""The same for the models that are offered: whoever switches one sees it at once, nearly."""

QUEUE_MAX_UNFINISHED_JOBS = 10_000
"""Unfinished jobs of all users; beyond it the site says that it is full."""

# --- Redis ----------------------------------------------------------------------
VISIBILITY_TIMEOUT = 180
"""Seconds until an unacknowledged message is delivered again. Must exceed the hard limit,
or a slow task runs twice at once; the default of an hour is too long to wait."""

REDIS_TRANSPORT_OPTIONS = {
    "queue_order_strategy": "worker.lanes:InteractiveFirst",
    "visibility_timeout": VISIBILITY_TIMEOUT,
    "unacked_restore_interval": 10,  # by default looked at every 100 s only
    "unacked_restore_throttle": 1,
    # kombu passes no timeout of its own: a publish would wait for ever on a dead link.
    # Longer than the 1 s of a blocking pop.
    "socket_timeout": 2,
    "socket_connect_timeout": 1,
    "socket_keepalive": True,
    "health_check_interval": 25,
    # Connection retries read these, not the publish policy. None: each doubles the time-out.
    "max_retries": 0,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.2,
}

REDIS_REST = timedelta(seconds=5)
"""After Redis has not answered, nothing is published for so long: whoever hands something in
would wait for the time-out. The sweeper publishes it after."""

# --- Celery -----------------------------------------------------------------------
CELERY_BROKER_URL = environment.BROKER.url
CELERY_BROKER_USE_SSL = environment.BROKER.use_ssl
CELERY_BROKER_TRANSPORT_OPTIONS = REDIS_TRANSPORT_OPTIONS | environment.BROKER.transport_options

CELERY_TASK_SOFT_TIME_LIMIT = JOB_SOFT_TIME_LIMIT.total_seconds()
CELERY_TASK_TIME_LIMIT = JOB_HARD_TIME_LIMIT.total_seconds()

# Reserve exactly as many messages as there are processes: fair between workers.
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1

# An exception or a hard timeout acknowledges: lease and sweeper own the retries.
CELERY_TASK_ACKS_ON_FAILURE = True
CELERY_TASK_ACKS_ON_TIMEOUT = True
CELERY_TASK_REJECT_ON_WORKER_LOST = False  # has no limit
CELERY_TASK_RETRY_ON_WORKER_LOST = False

# The row is the result: a result backend would be a second truth, and leaks pub/sub.
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_CREATE_MISSING_QUEUES = True
CELERY_TASK_DEFAULT_QUEUE = "interactive"

CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # by default a worker gives up after 100
CELERY_BROKER_CHANNEL_ERROR_RETRY = True  # a full Redis answers with a channel error

# Fork, with LiteRT imported in the child only: neither it nor TensorFlow survives a fork.
CELERY_WORKER_POOL = "prefork"
CELERY_WORKER_CONCURRENCY = environment.WORKER_PROCESSES
CELERY_WORKER_PROC_ALIVE_TIMEOUT = 60  # a slow model load must not be taken for a dead child
CELERY_WORKER_MAX_TASKS_PER_CHILD = 5_000
CELERY_WORKER_MAX_MEMORY_PER_CHILD = environment.WORKER_MEMORY_MB * 1_000  # counted in KiB

# SIGTERM stops consuming and lets running tasks end, which the hard limit bounds. Celery's
# "soft shutdown" is not used: it sleeps its whole time-out even when a task of 20 ms runs.
STOP_GRACE = JOB_HARD_TIME_LIMIT + timedelta(seconds=5)
"""How long a supervisor waits after SIGTERM before it kills."""

# A run whose link broke goes on and stores its result; the second copy finds nothing to claim.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False

# A connection to the database serves many tasks; each begins by checking that it is sound.
CELERY_DB_REUSE_MAX = 1_000

CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
