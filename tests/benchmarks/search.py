"""Search among 1,000,000 records of 50 tenants, one of which holds a fifth, by how common the words are.

It is compared with the bare SQL of a tutorial: one GIN index of all words, the tenant as a filter, the best ten by
rank, from a table that holds nothing else and stands behind no wall; once as it is, and once ranking no more than the
hub does. "Search" is the hub's index search whole, in the tenant's scope: what fits by index and rank, the ten best
records of each of three integrations, and the counts of each. "The answer" has what leads there, as the API calls it.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from django.db import connection

from connections.services.search import indexed, words
from connections.services.search.request import MOST_RANKED, SearchRequest
from connections.services.search.searching import search
from connections.services.search.sources import sources_of
from integrations_site.tenancy import scope
from tests.benchmarks import search_inserts, search_material
from tests.benchmarks.bench import Bench
from tests.benchmarks.databases import tidy
from tests.benchmarks.report import Goal, Row
from tests.benchmarks.sampling import Sample, interleave, ratio
from tests.benchmarks.search_material import Company, word

_Question = tuple[Company, str]
_Run = Callable[[Company, str], float]
SEED = 7
TYPICAL, BIG = "typical tenant", "tenant with a fifth"
GOALS = {
    f"common word, {TYPICAL}": Goal(10, 5, at_most=True),
    f"common word, {BIG}": Goal(60, 12, at_most=True),
}
_FASTER = {f"mid word, {TYPICAL}": Goal(1.5)}

_BARE = """
SELECT id, data::text, ts_rank_cd(search, to_tsquery('simple', %(asked)s), 32) AS score FROM bench_plain
WHERE search @@ to_tsquery('simple', %(asked)s) AND tenant_id = %(tenant)s
ORDER BY score DESC LIMIT 10
"""
_CAPPED = """
SELECT id, data::text, ts_rank_cd(search, to_tsquery('simple', %(asked)s), 32) AS score FROM (
    SELECT id, data, search FROM bench_plain
    WHERE search @@ to_tsquery('simple', %(asked)s) AND tenant_id = %(tenant)s LIMIT %(most)s) AS first
ORDER BY score DESC LIMIT 10
"""


def measure(bench: Bench) -> None:
    """Every class of query for a typical tenant and for the big one; then what search costs those who write."""
    records = bench.choose(1_000_000, 20_000)
    bench.say(f"Search: {records:,} records of {search_material.TENANTS} tenants")
    url = bench.hub_database("search")
    owners = search_material.companies()
    search_material.fill(url, owners, records)
    tidy(url)
    chosen = random.Random(SEED)
    rounds = bench.choose(3, 2)
    for name, draw in _classes(chosen).items():
        for label, among, many in ((TYPICAL, owners[1:], 50), (BIG, owners[:1], 15)):
            count = bench.choose(many, 4)
            asked = [[(chosen.choice(among), draw()) for _ in range(count)] for _ in range(rounds)]
            _compare(bench, f"{name}, {label}", asked, has_peers=name != "mistyped word")
    search_inserts.measure(bench)


def _classes(chosen: random.Random) -> Mapping[str, Callable[[], str]]:
    """What is typed, by how common it is; ranks of words."""
    return {
        "rare word": lambda: word(chosen.randint(5_000, 19_999)),
        "mid word": lambda: word(chosen.randint(80, 200)),
        "two words": lambda: f"{word(chosen.randint(5, 60))} {word(chosen.randint(80, 200))}",
        "common word": lambda: word(chosen.randint(2, 5)),
        "beginning": lambda: word(chosen.randint(1, 20_000))[:3],
        "mistyped word": lambda: _mistyped(word(chosen.randint(100, 5_000)), chosen),
    }


def _mistyped(text: str, chosen: random.Random) -> str:
    place = chosen.randrange(len(text) - 1)
    return text[:place] + text[place + 1] + text[place] + text[place + 2 :]


def _compare(bench: Bench, what: str, asked: Sequence[Sequence[_Question]], *, has_peers: bool) -> None:
    """Each round has questions of its own, the same for every side."""
    sides: dict[str, _Run] = {"ours": _indexed, "answer": _answered}
    if has_peers:
        sides |= {"bare": partial(_bare, _BARE, what), "capped": partial(_bare, _CAPPED, what)}
    turns = {name: partial(_times, run, iter(asked)) for name, run in sides.items()}
    found = interleave(len(asked), turns)
    bench.report.notes[f"search, {what}: milliseconds"] = found
    middle = {name: Sample.of(sorted(times)[len(times) // 2] for times in rounds) for name, rounds in found.items()}
    for name, label in (("ours", "search"), ("answer", "the answer to a search")):
        late = sorted(time for times in found[name] for time in times)[::-1][len(asked) * len(asked[0]) // 20]
        goal = GOALS.get(what) if name == "ours" else None
        bench.add(Row(f"{label}, {what}: p95", f"p50 {middle[name]} ms", "", late, " ms", goal))
    for name, label in (("bare", "plain GIN"), ("capped", f"plain GIN, {MOST_RANKED:,} ranked")):
        if name in middle and (name == "bare" or "common" in what):
            goal = _FASTER.get(what) if name == "bare" else None
            own, other = middle["ours"], middle[name]
            bench.add(Row(f"search, {what}, speed : {label}", f"{own} ms", f"{other} ms", ratio(other, own), "x", goal))


def _times(run: _Run, rounds: Iterator[Sequence[_Question]]) -> list[float]:
    """What each question of the next round took, in milliseconds."""
    times = []
    for company, query in next(rounds):
        with scope.tenant_scope(company.tenant_id):
            times.append(run(company, query))
    return times


def _indexed(company: Company, query: str) -> float:
    request = SearchRequest(query=query, person=None)
    sources = sources_of(request)
    typed = words.words_of(query)
    began = time.perf_counter()
    found = indexed.as_typed(request, sources, typed)
    if not found.total:
        indexed.as_meant(request, sources, typed)
    return (time.perf_counter() - began) * 1000


def _answered(company: Company, query: str) -> float:
    began = time.perf_counter()
    search(request=SearchRequest(query=query, person=None))
    return (time.perf_counter() - began) * 1000


def _bare(statement: str, what: str, company: Company, query: str) -> float:
    asked = " & ".join(query.split()) + (":*" if what.startswith("beginning") else "")
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(statement, {"asked": asked, "tenant": company.tenant_id, "most": MOST_RANKED})
        cursor.fetchall()
    return (time.perf_counter() - began) * 1000
