"""Invented records of the directory, for tests that need to change one field."""

from __future__ import annotations

from typing import Any

from directory.records import Contact, Hotline


def contact(**changed: Any) -> Contact:
    seen = {"date": "2025-03-10", "source": "https://a.example", "confidence": "secondary source"}
    fields: dict[str, Any] = {
        "id": "invented-union",
        "name": {"id": "Serikat", "en": "Union"},
        "kind": "union",
        "description": {"id": "Serikat.", "en": "A union."},
        "services": ("complaint",),
        "coverage": {"country": "ID", "region": "33.02"},
        "place": None,
        "channels": ({"kind": "voice", "number": "+622129244800"},),
        "hours": None,
        "languages": ("id",),
        "free_of_charge": None,
        "publication": "published",
        "seen": seen,
        "tested": None,
    }
    return Contact.model_validate(fields | changed)


def hotline(kind: str, day: str) -> Hotline:
    return Hotline.model_validate(
        {
            "id": "invented-line",
            "name": {"id": "Saluran", "en": "Line"},
            "country": "ID",
            "kind": kind,
            "channels": ({"kind": "short-code", "number": "119", "dial_from": "ID"},),
            "hours": None,
            "help": {"id": "Menolong.", "en": "Helps."},
            "seen": {"date": day, "source": "https://a.example", "confidence": "secondary source"},
            "tested": None,
        }
    )


def seen(day: str | None, confidence: str = "secondary source", **more: str) -> dict[str, Any]:
    return {"date": day, "source": "https://a.example", "confidence": confidence} | more
