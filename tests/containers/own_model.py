"""A SavedModel of one's own, in the image that has TensorFlow."""

import base64

from tests.containers.stack import Stack, docker, say
from tests.containers.visitor import Visitor, expect

COLOURS = """
import tensorflow as tf

class Colours(tf.Module):
    @tf.function(input_signature=[tf.TensorSpec([None, 64, 64, 3], tf.float32)])
    def __call__(self, pictures):
        return {"scores": tf.nn.softmax(10 * tf.reduce_mean(pictures, [1, 2]))}

colours = Colours()
tf.saved_model.save(colours, "/scratch/colours", signatures=colours.__call__)
open("/scratch/colours.txt", "w").write("reddish\\ngreenish\\nbluish\\n")
"""
"""Makes a network without weights that tells which of three colours a picture is."""

GREEN = """
import base64, io
from PIL import Image
file = io.BytesIO()
Image.new("RGB", (120, 90), (20, 200, 30)).save(file, "JPEG")
print(base64.b64encode(file.getvalue()).decode())
"""

ADD = (
    *("add_model", "/scratch/colours", "--name", "colours", "--labels", "/scratch/colours.txt"),
    *("--size", "64", "--mean", "0", "--std", "255"),
)
SWITCH_ON = (
    "from classify.registry import model_switch; from classify.models import Model; "
    "model_switch(model=Model.objects.get(name='colours'), enabled=True)"
)


def run_own_model(stack: Stack, program: Visitor) -> None:
    """Add a SavedModel as docs/models.md says, have it run, and look at what it says."""
    size = docker("image", "inspect", "--format", "{{.Size}}", "vitrina-worker-tensorflow:latest")
    say(f"image vitrina-worker-tensorflow: {int(size) / 1e6:.0f} MB")
    stack.run("worker", "python", "-c", COLOURS)
    said = stack.run("worker", "python", "manage.py", *ADD).strip().splitlines()[-1]
    expect("colours is ready" in said, said)
    stack.ask(SWITCH_ON)
    picture = base64.b64decode(stack.run("worker", "python", "-c", GREEN))
    answer = program.job_create(picture, model="colours")
    expect(answer.status == 202, f"a job of one's own model: {answer.status} {answer.text[:200]}")
    job_id = answer.headers["Location"].rsplit("/", 1)[1]
    waiting, failed = program.unfinished({job_id}, seconds=60)
    expect(not waiting and not failed, f"a SavedModel: {program.job(job_id)}")
    best = program.job(job_id)["output"]["predictions"][0]
    expect(best["name"] == "greenish", f"a green picture is {best}")
    say(f"a SavedModel of one's own: {said}; a green picture is {best['name']}")
