"""What can be called: the functions of schema `public` with their arguments, and the roles' settings.

PostgREST finds a function by the exact set of argument names, and learns from the catalogue what to do around the call:
whether it may write, how its result is shaped, which timeout its role has.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

import asyncpg

from dev.gateway.refusals import Refusal


class Shape(StrEnum):
    """How a function's result becomes a body."""

    NOTHING = "nothing"  # void: 204 without a body
    VALUE = "value"  # one scalar, json or jsonb: as it is
    VALUES = "values"  # setof scalar: array of values
    OBJECT = "object"  # one row: object
    OBJECTS = "objects"  # table or setof row: array of objects


@dataclass(frozen=True, slots=True)
class Parameter:
    """An input argument; `type` is the SQL name of its type, `cast` the one that swallows any length."""

    name: str
    type: str
    cast: str
    is_required: bool


@dataclass(frozen=True, slots=True)
class Function:
    """One function of schema `public`. `settings` are those of its own that must hold before the call begins."""

    name: str
    parameters: tuple[Parameter, ...]
    shape: Shape
    may_write: bool
    isolation: str | None
    settings: Mapping[str, str]

    def accepts(self, names: Collection[str]) -> bool:
        """Whether these argument names, all of them and no others, can be a call of this function."""
        given = set(names)
        required = {it.name for it in self.parameters if it.is_required}
        return required <= given <= {it.name for it in self.parameters}

    def given(self, names: Collection[str]) -> tuple[Parameter, ...]:
        return tuple(it for it in self.parameters if it.name in names)


@dataclass(frozen=True, slots=True)
class Signatures:
    """A reading of the catalogue."""

    functions: Mapping[str, Sequence[Function]]
    role_settings: Mapping[str, Mapping[str, str]]

    def find(self, name: str, arguments: Collection[str], *, is_post: bool) -> Function:
        """Raises Refusal PGRST202 when nothing fits and PGRST203 when more than one does."""
        matching = [it for it in self.functions.get(name, ()) if it.accepts(arguments)]
        if len(matching) == 1:
            return matching[0]
        raise _ambiguous(matching) if matching else self._unknown(name, sorted(set(arguments)), is_post)

    def _unknown(self, name: str, arguments: Sequence[str], is_post: bool) -> Refusal:
        listed = ", ".join(arguments)
        message = f"({listed})" if arguments else " without parameters"
        searched = f" with parameter{'s' if len(arguments) > 1 else ''} {listed}" if arguments else message
        unnamed = " or with a single unnamed json/jsonb parameter" if is_post else ""
        return Refusal(
            404,
            "PGRST202",
            f"Could not find the function public.{name}{message} in the schema cache",
            details=f"Searched for the function public.{name}{searched}{unnamed}, "
            "but no matches were found in the schema cache.",
            hint=self._suggestion(name, listed),
        )

    def _suggestion(self, name: str, listed: str) -> str | None:
        if name in self.functions:
            known = [", ".join(sorted(it.name for it in function.parameters)) for function in self.functions[name]]
            close = [f"{name}({it})" for it in get_close_matches(listed, known, n=1, cutoff=0.33)]
        else:
            close = get_close_matches(name, self.functions, n=1, cutoff=0.75)
        return f"Perhaps you meant to call the function public.{close[0]}" if close else None


def _ambiguous(candidates: Sequence[Function]) -> Refusal:
    signatures = (
        f"public.{it.name}({', '.join(f'{one.name} => {one.type}' for one in it.parameters)})" for it in candidates
    )
    return Refusal(
        300,
        "PGRST203",
        f"Could not choose the best candidate function between: {', '.join(signatures)}",
        hint="Try renaming the parameters or the function itself in the database so function overloading can be "
        "resolved",
    )


async def read_signatures(connection: asyncpg.Connection) -> Signatures:
    functions: dict[str, list[Function]] = {}
    for row in await connection.fetch(FUNCTIONS):
        functions.setdefault(row["name"], []).append(_function(row))
    roles: dict[str, dict[str, str]] = {}
    for row in await connection.fetch(ROLE_SETTINGS):
        roles.setdefault(row["role"], {})[row["name"]] = row["value"]
    return Signatures(functions, roles)


def _function(row: Mapping[str, Any]) -> Function:
    settings = dict(it.split("=", 1) for it in row["settings"] or ())
    isolation = settings.get("default_transaction_isolation")
    return Function(
        name=row["name"],
        parameters=tuple(
            Parameter(name, type_, cast, required)
            for name, type_, cast, required in zip(
                row["names"], row["types"], row["casts"], row["required"], strict=True
            )
        ),
        shape=Shape(row["shape"]),
        may_write=row["volatility"] == b"v",
        isolation=isolation.replace(" ", "_") if isolation else None,
        settings={name: value for name, value in settings.items() if name == "statement_timeout"},
    )


# Types without a length: PostgREST casts bit and character arguments to the varying kind, so that nothing is padded.
FUNCTIONS = """
select p.proname as name,
       coalesce(a.names, '{}') as names,
       coalesce(a.types, '{}') as types,
       coalesce(a.casts, '{}') as casts,
       coalesce(a.required, '{}') as required,
       p.provolatile as volatility,
       p.proconfig as settings,
       case
         when p.prorettype = 'void'::regtype then 'nothing'
         when t.typtype = 'c' or p.prorettype = 'record'::regtype
              or coalesce(p.proargmodes::text[] && '{t,b,o}', false)
           then case when p.proretset then 'objects' else 'object' end
         when p.proretset then 'values'
         else 'value'
       end as shape
from pg_catalog.pg_proc p
join pg_catalog.pg_type t on t.oid = p.prorettype
left join lateral (
  select array_agg(coalesce(one.name, '') order by one.place) as names,
         array_agg(pg_catalog.format_type(one.type, null) order by one.place) as types,
         array_agg(case one.type
                     when 'bit'::regtype then 'bit varying'
                     when 'character'::regtype then 'character varying'
                     else pg_catalog.format_type(one.type, null)
                   end order by one.place) as casts,
         array_agg(one.place <= p.pronargs - p.pronargdefaults order by one.place) as required
  from unnest(p.proargtypes::oid[], p.proargnames[1:p.pronargs]) with ordinality as one(type, name, place)
  where one.type is not null
) a on true
where p.pronamespace = 'public'::regnamespace
  and p.prokind = 'f'
  and p.prorettype <> 'trigger'::regtype
  and p.provariadic = 0
"""

# Only what a caller may set for itself; the rest would fail the whole request.
ROLE_SETTINGS = """
select r.rolname as role,
       split_part(one.setting, '=', 1) as name,
       substr(one.setting, strpos(one.setting, '=') + 1) as value
from pg_catalog.pg_db_role_setting s
join pg_catalog.pg_roles r on r.oid = s.setrole
join pg_catalog.pg_database d on d.datname = current_database() and s.setdatabase in (0, d.oid)
cross join lateral unnest(s.setconfig) as one(setting)
join pg_catalog.pg_settings known on known.name = split_part(one.setting, '=', 1) and known.context = 'user'
order by s.setdatabase
"""
