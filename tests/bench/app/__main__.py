import json
import time
from pathlib import Path

import psutil

from tests.bench.app.server import server_times
from tests.serving import served

root = Path("/tmp/t/large")
t = time.perf_counter()
with served(root) as site:
    ready = time.perf_counter() - t
    p = psutil.Process(site.process.pid)
    r0 = p.memory_info().rss / 1e6
    c0 = p.cpu_times()
    f = {"ready_seconds": ready, "cpu_ready": c0.user + c0.system, "rss_ready": r0}
    f |= server_times(site, 65536)
    f["rss_mb"] = p.memory_info().rss / 1e6
    print(json.dumps(f))
