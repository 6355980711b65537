"""The chapters of a report, in order: the page, report.md and a terminal all walk this list. Pure.

A new table is a block in one of these chapters, and every medium that it names shows it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clusterbench.load.kinds.kind import Plots
from clusterbench.measure.cost import costs, in_question
from clusterbench.model.cell_summary import Pairing
from clusterbench.model.numbers import plural
from clusterbench.own_program import program
from clusterbench.report import captions, footprint_words, interference_words
from clusterbench.report.chapter import Block, Chapter, Media
from clusterbench.report.sections import FOOTPRINT, TRAINING, Section, sections
from clusterbench.report.size_words import sentence
from clusterbench.report.tables import (
    capacity_table,
    claims_table,
    cost_tables,
    footprint_tables,
    generator_tables,
    interference_table,
    recovery_table,
    run_tables,
    section_tables,
    size_table,
    training_tables,
)
from clusterbench.report.why_chapter import why
from clusterbench.report.within_chapter import within_chapter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from clusterbench.model.records import RunRecord
    from clusterbench.model.sizes import Sizes
    from clusterbench.model.summary import Summary
    from clusterbench.model.training_summary import TrainingSummary


#: The plots of sections that show what a server does within a latency objective.
_WITHIN = frozenset({Plots.AT_RATE, Plots.CAPACITY})


def chapters(run: RunRecord, summary: Summary, medium: Media) -> Iterator[Chapter]:
    """Return what a medium shows of a run, without empty tables and empty chapters."""
    for chapter in _all(run, summary):
        if medium not in chapter.media:
            continue
        blocks = tuple(
            block
            for block in chapter.blocks
            if medium in block.media and (block.notes if block.table is None else block.table.rows)
        )
        if blocks or chapter.lead or chapter.failures or chapter.commands:
            yield replace(chapter, blocks=blocks)


def _all(run: RunRecord, summary: Summary) -> Iterator[Chapter]:
    found = sections(run.experiment, summary)
    # What a server does within an objective answers the question; the sweeps stand for themselves.
    within = [each for each in found if _WITHIN.intersection(each.kind.plots)]
    yield from (_section(run, summary, section) for section in within)
    yield from _cost(run, summary)
    yield _glance(found, summary)
    yield from (_section(run, summary, section) for section in found if section not in within)
    if run.experiment.sizes is not None and summary.sizes:
        yield _sizes(run, run.experiment.sizes, summary)
    yield why(run, summary)
    if summary.training is not None:
        yield _training(run, summary.training)
    yield _footprint(run, summary)
    yield Chapter(id="claims", name="Published claims", blocks=tuple(_claims(summary)))
    yield from _generators(run, summary)
    yield _contenders(summary)
    yield Chapter(
        id="failures", name="Failures", failures=run_tables.failures(run.experiment, summary)
    )
    if run.experiment.scenarios:
        yield within_chapter()
        yield _interference(run, summary)
        yield _time(summary)
    yield _fingerprint(run, summary)
    yield _repeat(run)


def _glance(found: Sequence[Section], summary: Summary) -> Chapter:
    table = section_tables.glance(found, summary)
    block = Block(media=Media.PAGE, table=table, notes=(section_tables.GLANCE_NOTE,))
    return Chapter(id="glance", name=table.title, blocks=(block,))


def _claims(summary: Summary) -> Iterator[Block]:
    """Return all claims for files; for a terminal those that were judged, with a count."""
    if not summary.claims:
        return
    disturbed = any(cell.disturbed for cell in summary.cells)
    note = f"{claims_table.tally(summary.claims)}. {claims_table.NOTE}"
    note += " Some figures of this run are of disturbed trials." if disturbed else ""
    yield Block(media=Media.PAGE, table=claims_table.grouped(summary.claims), notes=(note,))
    why = claims_table.grouped_reasons(summary.claims)
    yield Block(media=Media.PAGE, notes=why, folded="Why each claim has its verdict")
    yield Block(media=Media.TEXT, table=claims_table.claims(summary.claims), notes=(note,))
    judged = [each for each in summary.claims if each.verdict.decided]
    if judged:
        others = len(summary.claims) - len(judged)
        yield Block(
            media=Media.TERMINAL,
            table=claims_table.short_claims(judged),
            notes=(
                *claims_table.reasons(judged),
                f"{plural(others, 'more claim')}: not decided here\n" if others else "",
            ),
        )


def _section(run: RunRecord, summary: Summary, section: Section) -> Chapter:
    scenario = section.scenario
    # Of a search, all of its windows are among "Every figure"; its capacities come first.
    brief = () if Plots.CAPACITY in section.kind.plots else (section_tables.brief(section),)
    overload = recovery_table.recovery(run.experiment, scenario, summary.recoveries)
    about = (captions.throughput(section), captions.send_delays(section))
    notes = (*(line for lines in about for line in lines), *captions.common(run, section))
    pairings = tuple(Pairing) if section.kind.shows_capacity else ()
    return Chapter(
        id=section.id,
        name=scenario.name,
        lead=captions.load(run, scenario),
        blocks=(
            Block(table=capacity_table.capacities(section), notes=capacity_table.notes(section)),
            # On the page it stands below the chart.
            Block(media=Media.TEXT | Media.TERMINAL, notes=section.kind.captions("capacity")),
            *(Block(media=Media.TEXT | Media.TERMINAL, table=table) for table in brief),
            *(Block(table=table) for table in overload),
            Block(notes=section.kind.captions("recovery")),
            *(Block(table=section_tables.ratios(section, summary, kind)) for kind in pairings),
            Block(media=Media.TEXT, notes=notes),
            Block(media=Media.FILES, table=section_tables.cells(section), folded="Every figure"),
        ),
    )


def _cost(run: RunRecord, summary: Summary) -> Iterator[Chapter]:
    question = in_question(run, summary)
    if question is None:
        return
    found = costs(run, summary, question)
    yield Chapter(
        id=cost_tables.CHAPTER,
        name="Cost",
        lead=cost_tables.asked(question),
        blocks=(
            *(Block(media=Media.FILES, table=table) for table in cost_tables.needs(found)),
            *(
                Block(media=Media.TERMINAL, table=table)
                for table in cost_tables.needs(found, narrow=True)
            ),
            Block(media=Media.TERMINAL, notes=cost_tables.rest(found)),
            *(Block(table=table) for table in cost_tables.laws(found)),
            Block(notes=tuple(cost_tables.notes(found))),
            *(
                Block(media=Media.FILES, table=table)
                for table in cost_tables.by_rate(run, summary, question)
            ),
            Block(media=Media.FILES, notes=(cost_tables.priced(run, question),)),
        ),
    )


def _sizes(run: RunRecord, sizes: Sizes, summary: Summary) -> Chapter:
    table, notes = size_table.by_size(sizes, summary.sizes), size_table.notes(sizes)
    notes = (*notes, *interference_words.of_cells(run.experiment, summary.cells))
    return Chapter(
        id=size_table.SIZES,
        name="Sizes",
        gist=sentence(sizes, summary.sizes, run.experiment.rounds),
        blocks=(Block(table=table, notes=notes),),
    )


def _training(run: RunRecord, found: TrainingSummary) -> Chapter:
    return Chapter(
        id=TRAINING,
        name="Training",
        lead=captions.training(run),
        blocks=(
            *(Block(table=table) for table in training_tables.tables(found)),
            Block(notes=training_tables.footnotes(found)),
        ),
    )


def _generators(run: RunRecord, summary: Summary) -> Iterator[Chapter]:
    compared = generator_tables.compared(run.experiment, summary)
    marks = interference_words.of_cells(run.experiment, generator_tables.cells(summary))
    block = Block(table=compared, notes=(generator_tables.COMPARED_NOTE, *marks))
    if compared.rows:
        yield Chapter(id="generators", name=compared.title, blocks=(block,))
    checks = generator_tables.checks(run.experiment, summary)
    yield Chapter(id="checks", name=checks.title, blocks=(Block(table=checks),), folded=True)


def _footprint(run: RunRecord, summary: Summary) -> Chapter:
    """Return nothing where no server was measured, nor over sizes: each is there many times."""
    if run.experiment.sizes or not any(each.turns for each in summary.contenders):
        return Chapter(id=FOOTPRINT, name="Footprint")
    start, memory = footprint_tables.cold_start(summary), footprint_tables.memory(summary)
    return Chapter(
        id=FOOTPRINT,
        name="Footprint",
        lead=captions.rounds(run),
        gist=footprint_words.sentence(summary),
        blocks=(
            Block(table=start),
            Block(table=memory, notes=footprint_words.unknown(summary)),
            # On the page they stand below the charts.
            Block(
                media=Media.TEXT,
                notes=(footprint_tables.START_NOTE, footprint_tables.MEMORY_NOTE),
            ),
        ),
    )


def _contenders(summary: Summary) -> Chapter:
    contenders, spread = run_tables.contenders(summary), run_tables.spread(summary)
    return Chapter(
        id="contenders",
        name="Contenders",
        folded=True,
        blocks=(
            Block(media=Media.FILES, table=contenders, page_notes=(run_tables.CONTENDERS_NOTE,)),
            Block(table=spread, page_notes=(run_tables.SPREAD_NOTE,)),
        ),
    )


def _interference(run: RunRecord, summary: Summary) -> Chapter:
    table = interference_table.disturbed(run.experiment, summary)
    return Chapter(
        id="interference",
        name="Interference",
        blocks=(
            Block(media=Media.FILES, notes=(interference_words.rule(run.experiment.interference),)),
            Block(
                media=Media.FILES, table=table, notes=(*interference_words.no_pressure(summary),)
            ),
        ),
    )


def _time(summary: Summary) -> Chapter:
    table = run_tables.time_spent(summary.time)
    return Chapter(
        id="time",
        name=table.title,
        folded=True,
        blocks=(
            Block(media=Media.FILES, table=table),
            Block(media=Media.TERMINAL, notes=(captions.time(summary),)),
        ),
    )


def _fingerprint(run: RunRecord, summary: Summary) -> Chapter:
    table = run_tables.fingerprint(run, summary)
    block = Block(media=Media.TEXT, table=table, folded="What the figures depend on")
    on_page = Block(
        media=Media.PAGE,
        table=table,
        notes=("What the figures depend on. Compare runs only where this is the same.",),
    )
    return Chapter(id="fingerprint", name="Fingerprint", blocks=(block, on_page), folded=True)


def _repeat(run: RunRecord) -> Chapter:
    note = (
        f"Each round ran the contenders in an order shuffled with seed {run.experiment.seed}. All "
        "figures here come from the run folder alone, and can be made again from it: "
        f"{program()} report results/{run.id}."
    )
    return Chapter(
        id="repeat",
        name="To repeat it",
        blocks=(Block(media=Media.PAGE, notes=(note,)),),
        commands=run.commands,
        folded=True,
    )
