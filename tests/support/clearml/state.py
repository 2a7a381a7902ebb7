"""What the stand-in remembers: tasks, projects, queues, workers, and the rules of a status."""
import re
import threading
import time
import uuid
from datetime import datetime, timezone

from envelope import ApiError
from eventstore import EventStore

TRANSITIONS = {
    "created": {"queued", "in_progress"},
    "queued": {"created", "in_progress", "stopped"},
    "in_progress": {"stopped", "failed", "created", "completed"},
    "stopped": {"closed", "created", "failed", "queued", "in_progress", "published",
                "publishing", "completed"},
    "closed": {"created", "failed", "published", "publishing", "stopped"},
    "failed": {"created", "stopped", "published", "queued"},
    "completed": {"published", "in_progress", "created"},
    "publishing": {"published"},
    "published": set(),
    "unknown": set(),
}
NON_RESPONSIVE_S = 7200
LIVE_WORKER_S = 600
COMPANY = "c0ffee00c0ffee00c0ffee00c0ffee00"
USER = "0badcafe0badcafe0badcafe0badcafe"
OTHER = "0ddba11e0ddba11e0ddba11e0ddba11e"


def new_id():
    return uuid.uuid4().hex


def iso(seconds=None):
    """A date as the server writes it: milliseconds, and no fraction when it is zero."""
    seconds = time.time() if seconds is None else seconds
    return datetime.fromtimestamp(int(seconds * 1000) / 1000, timezone.utc).isoformat()


def seconds_of(date):
    return datetime.fromisoformat(date).timestamp()


class State:
    """Everything in memory. Whoever reads or changes it holds `lock`."""

    def __init__(self):
        self.lock = threading.RLock()
        self.user = USER
        self.company = COMPANY
        self.users = {USER: "hpo tests", OTHER: "somebody else"}
        self.tasks = {}
        self.projects = {}
        self.queues = {}
        self.workers = {}
        self.models = {}
        self.scrolls = {}
        self.events = EventStore()
        self.add_queue("default", ["default"])

    # Objects by id.

    def task(self, task_id, write=True):
        """A task of this company; one that is public can only be read."""
        task = self.tasks.get(task_id) if isinstance(task_id, str) else None
        if task is None:
            raise ApiError(400, 101, id=task_id, company=self.company)
        if write and not task["company"]:
            raise ApiError(403, 21, "public task", id=task_id)
        return task

    def project(self, project_id):
        if project_id not in self.projects:
            raise ApiError(400, 401, id=project_id)
        return self.projects[project_id]

    def queue(self, queue_id):
        if not isinstance(queue_id, str) or queue_id not in self.queues:
            raise ApiError(400, 701, id=queue_id)
        return self.queues[queue_id]

    def model(self, model_id):
        if model_id not in self.models:
            raise ApiError(400, 201, id=model_id)
        return self.models[model_id]

    # Queues.

    def add_queue(self, name, tags=(), system_tags=()):
        if len(name.strip()) < 3:
            raise ApiError(400, 800, "queue name is too short", name=name)
        if any(q["name"] == name for q in self.queues.values()):
            raise ApiError(400, 801, "queue", name=name)
        queue = {"id": new_id(), "name": name, "display_name": name, "user": self.user,
                 "company": self.company, "created": iso(), "last_update": iso(),
                 "tags": sorted(tags), "system_tags": sorted(system_tags), "entries": [],
                 "metadata": {}}
        self.queues[queue["id"]] = queue
        return queue

    def queues_of(self, task_id):
        return [q for q in self.queues.values() if any(e["task"] == task_id for e in q["entries"])]

    def unqueue(self, task_id, keep=None):
        """Takes a task out of all queues but one; True if it was in one."""
        found = [q for q in self.queues_of(task_id) if q["id"] != keep]
        for queue in found:
            queue["entries"] = [e for e in queue["entries"] if e["task"] != task_id]
            queue["last_update"] = iso()
        return bool(found)

    # Projects.

    def project_named(self, name, create_with=None):
        """The project of that path, made with its parents if it is not there."""
        name = normal_path(name)
        for project in self.projects.values():
            if project["name"] == name:
                return project
        parts = name.split("/")
        if len(parts) > 10:
            raise ApiError(400, 409, max=10)
        if len(parts[-1]) < 3 and len(parts) == 1:
            raise ApiError(400, 800, "project name is too short", name=name)
        parent = self.project_named("/".join(parts[:-1])) if len(parts) > 1 else None
        project = {"id": new_id(), "name": name, "basename": parts[-1], "description": "",
                   "user": self.user, "company": self.company, "created": iso(),
                   "last_update": iso(), "tags": [], "system_tags": [],
                   "path": parent["path"] + [parent["id"]] if parent else []}
        if parent:
            project["parent"] = parent["id"]
        project.update(create_with or {})
        self.projects[project["id"]] = project
        return project

    # Tasks.

    def touch(self, task, user=None, update=True):
        """Marks a change; `update` also counts as a sign of life."""
        now = iso()
        task["last_change"] = now
        task["last_changed_by"] = user or self.user
        if update:
            task["last_update"] = now
            if task["status"] == "in_progress" and task.get("started"):
                task["active_duration"] = int(time.time() - seconds_of(task["started"]))

    def set_status(self, task, status, reason="", message="", force=False, user=None, **extra):
        """Moves a task to a status; the fields that changed, as a call reports them."""
        old = task["status"]
        if status != old and not force and status not in TRANSITIONS[old]:
            allowed = [s for s in TRANSITIONS if status in TRANSITIONS[s]]
            raise ApiError(400, 110, expected=allowed, status=old, new_status=status)
        self.touch(task, user)
        fields = {"status": status, "status_reason": reason, "status_message": message,
                  "last_update": task["last_update"], "last_change": task["last_change"],
                  "last_changed_by": task["last_changed_by"]}
        if status != old:
            fields["status_changed"] = task["last_change"]
        if status == "in_progress" and not task.get("started"):
            fields["started"] = task["last_change"]
        if status in ("stopped", "completed"):
            fields["completed"] = task["last_change"]
        if status == "published":
            fields["published"] = task["last_change"]
        fields.update(extra)
        task.update({k: v for k, v in fields.items() if "." not in k})
        return fields

    def has_live_worker(self, task):
        return bool(task.get("last_worker")
                    and time.time() - seconds_of(task["last_update"]) <= LIVE_WORKER_S)

    def watchdog(self, older_than_s=NON_RESPONSIVE_S):
        """Stops the running tasks that were silent for too long; their ids."""
        limit = time.time() - older_than_s
        found = [t for t in self.tasks.values()
                 if t["status"] == "in_progress" and seconds_of(t["last_update"]) < limit]
        for task in found:
            text = "Forced stop (non-responsive)"
            self.set_status(task, "stopped", text, text)
        return [t["id"] for t in found]

    def delete_task(self, task):
        """Removes a task with its events; its children get a parent that is no more."""
        self.unqueue(task["id"])
        del self.tasks[task["id"]]
        self.events.delete(task["id"])
        children = [t for t in self.tasks.values() if t.get("parent") == task["id"]]
        for child in children:
            child["parent"] = "__DELETED__" + task["id"]
        return len(children)

    def forget_dead_workers(self):
        now = time.time()
        for key in [k for k, w in self.workers.items()
                    if now - w["reported"] > w["timeout"]]:
            del self.workers[key]


def normal_path(name):
    """A project's path without redundant slashes and spaces."""
    parts = [p.strip() for p in re.split(r"/+", name)]
    name = "/".join(p for p in parts if p)
    if not name:
        raise ApiError(400, 407, name=name)
    return name
