"""What attackers would send, made here: each module gives attacks and what they did, to tests and `tests.bench.siege` alike."""
