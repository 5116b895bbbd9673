"""The JSON that the command line prints: one flat object per result."""

import dataclasses
from typing import Any

from index.library import Status
from index.model import Answer, BuildReport, Citation, NoAnswer, Turn
from index.ranking.explanation import Explanation


def report_fields(report: BuildReport) -> dict[str, Any]:
    fields = dataclasses.asdict(report)
    fields["skipped"] = [{"path": file.path, "reason": file.detail} for file in report.skipped]
    fields["notes"] = [
        {"path": note.path, "line": note.line, "reason": note.detail} for note in report.notes
    ]
    return fields


def status_fields(status: Status) -> dict[str, Any]:
    return {**dataclasses.asdict(status), "built": status.built.isoformat()}


def turn_fields(turn: Turn) -> dict[str, Any]:
    """Returns a reply with the question as it was typed, and as it was understood.

    Where several questions were typed at once, these are the fields of the first one that is
    answered, and `parts` holds those of each.
    """
    asked = {"question": turn.question, "understood": turn.understood}
    fields = {**asked, **{k: v for k, v in answer_fields(turn.result).items() if k not in asked}}
    return {**fields, "parts": [turn_fields(part) for part in turn.parts]} if turn.parts else fields


def explanation_fields(explanation: Explanation) -> dict[str, Any]:
    """Returns why a question was answered as it was; numbers to four places."""
    fields: dict[str, Any] = _rounded(dataclasses.asdict(explanation))
    return fields


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {name: _rounded(inner) for name, inner in value.items()}
    return [_rounded(inner) for inner in value] if isinstance(value, list | tuple) else value


def answer_fields(result: Answer | NoAnswer) -> dict[str, Any]:
    """Returns an answer or a refusal; ranges count characters."""
    if isinstance(result, Answer):
        return {
            "question": result.question,
            "answered": True,
            "confidence": round(result.confidence, 4),
            "certainty": result.certainty,
            "reason": None,
            "missing": result.missing,
            "citations": [_citation_fields(citation) for citation in result.citations],
        }
    return {
        "question": result.question,
        "answered": False,
        "confidence": round(result.confidence, 4),
        "certainty": result.certainty,
        "reason": result.reason,
        "missing": result.missing,
        "citations": [],
        "nearest": [_citation_fields(citation) for citation in result.nearest],
        **({"titles": result.titles} if result.titles else {}),
    }


def _citation_fields(citation: Citation) -> dict[str, Any]:
    passage = citation.passage
    return {
        "passage": passage.text,
        "sentence": citation.sentence.of(passage.text),
        "highlights": [[span.start, span.end] for span in citation.highlights],
        "title": citation.title,
        "headings": passage.headings,
        "byline": passage.byline,
        "credit": passage.credit,
        "source": citation.source,
        "published": citation.published.isoformat() if citation.published else None,
        "url": citation.url,
        "paragraph": citation.paragraph,
        "page": citation.page,
        "start": passage.start,
        "end": passage.end,
        "path": passage.article_id,
        "score": round(citation.score, 4),
    }
