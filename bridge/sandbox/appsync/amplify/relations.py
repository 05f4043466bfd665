"""Where relations lead: the keys that Amplify's transformer generates for them.

Source: Amplify's documentation, "Relationships between models", and what its transformer generates:
names of foreign keys, join models and indexes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from bridge.sandbox.appsync.amplify.source import (
    FieldType,
    Source,
    SourceError,
    SourceIndex,
    SourceModel,
    SourceRelation,
)

Models: TypeAlias = Mapping[str, SourceModel]
Place: TypeAlias = tuple[str, str]


@dataclass(frozen=True)
class Target:
    """Where a relation leads.

    Attributes:
        model: The other model's name.
        is_list: Whether to many.
        own: The fields of the item itself that hold the other's key, in order.
        index: The other's index, with its key; None for its table's own key.
    """

    model: str
    is_list: bool
    own: tuple[str, ...]
    index: SourceIndex | None = None


def with_generated(source: Source) -> tuple[dict[str, SourceModel], dict[Place, Target]]:
    """Returns all models, join models and generated indexes included, and where relations lead.

    Raises:
        SourceError: A relation leads nowhere.
    """
    models = {**source.models, **_join_models(source.models)}
    targets = {
        (name, field): _target(models, model, field, relation)
        for name, model in models.items()
        for field, relation in model.relations.items()
    }
    for target in targets.values():
        model = models[target.model]
        if target.index and target.index.name and not model.index(target.index.name):
            models[target.model] = replace(model, keys=(*model.keys, target.index))
    return models, targets


def _target(models: Models, model: SourceModel, field: str, relation: SourceRelation) -> Target:
    place = f"{model.name}.{field}"
    other = models.get(relation.type.name)
    if relation.kind == "manyToMany":
        return _through_join(models, model, relation, place)
    if other is None:
        raise SourceError(f"{place}: @{relation.kind} leads to {relation.type.name}, no model")
    if relation.type.is_list:
        return _to_many(model, field, relation, other)
    if relation.references:
        if relation.kind == "belongsTo":
            return Target(other.name, False, relation.references)
        return Target(other.name, False, model.key, _generated(place, relation.references))
    own = relation.fields or _foreign_key(model, field, relation, other)
    if len(own) < len(other.key):
        raise SourceError(f"{place}: @{relation.kind} must name all of {other.name}'s key")
    return Target(other.name, False, own)


def _to_many(
    model: SourceModel, field: str, relation: SourceRelation, other: SourceModel
) -> Target:
    place = f"{model.name}.{field}"
    if relation.index:
        index = other.index(relation.index)
        if index is None:
            raise SourceError(f"{place}: {other.name} has no index {relation.index}")
        return Target(other.name, True, relation.fields or model.key, index)
    if relation.fields:
        return Target(other.name, True, relation.fields)
    if relation.references:
        return Target(other.name, True, model.key, _generated(place, relation.references))
    names = _foreign_names(model, field)
    if relation.kind == "connection":
        paired = _paired(other, model, relation)
        names = (
            (_camel(other.name, paired, "id"),) if paired else (_camel(*place.split("."), "id"),)
        )
        return Target(other.name, True, model.key[:1], _generated(place, names))
    return Target(other.name, True, model.key, _generated(place, names))


def _foreign_key(
    model: SourceModel, field: str, relation: SourceRelation, other: SourceModel
) -> tuple[str, ...]:
    """Returns the names of the fields that were generated to hold the other's key."""
    if relation.kind == "belongsTo":
        for name, back in other.relations.items():
            if back.type.name == model.name and back.type.is_list and back.kind == "hasMany":
                index = model.index(back.index) if back.index else None
                if index:
                    return (index.partition, *index.sorts)
                return back.references or _foreign_names(other, name)
    if relation.kind == "connection":
        return (_camel(model.name, field, "id"),)
    return tuple(_camel(model.name, field, name) for name in other.key)


def _foreign_names(parent: SourceModel, field: str) -> tuple[str, ...]:
    return tuple(_camel(parent.name, field, name) for name in parent.key)


def _paired(other: SourceModel, model: SourceModel, relation: SourceRelation) -> str | None:
    """Returns the other's single field of the same connection."""
    return next(
        (
            name
            for name, back in other.relations.items()
            if relation.name
            and back.name == relation.name
            and back.type.name == model.name
            and not back.type.is_list
        ),
        None,
    )


def _through_join(
    models: Models, model: SourceModel, relation: SourceRelation, place: str
) -> Target:
    join = models.get(_join_name(relation, place))
    index = join.index(f"by{model.name}") if join else None
    if join is None or index is None:
        raise SourceError(f"{place}: @manyToMany needs a field of the same name on the other type")
    return Target(join.name, True, model.key, index)


def _join_models(models: Models) -> dict[str, SourceModel]:
    sides: dict[str, list[SourceModel]] = {}
    for model in models.values():
        for field, relation in model.relations.items():
            if relation.kind == "manyToMany":
                name = _join_name(relation, f"{model.name}.{field}")
                sides.setdefault(name, []).append(model)
    return {name: _join_model(name, both) for name, both in sides.items()}


def _join_name(relation: SourceRelation, place: str) -> str:
    if not relation.name:
        raise SourceError(f"{place}: @manyToMany needs a relationName")
    return relation.name[:1].upper() + relation.name[1:]


def _join_model(name: str, sides: list[SourceModel]) -> SourceModel:
    keys = []
    relations = {}
    fields = {"id": FieldType("ID", False)}
    for side in sides:
        names = tuple(_camel(side.name, key) for key in side.key)
        keys.append(SourceIndex(f"by{side.name}", names[0], names[1:]))
        field = _lower(side.name)
        to_side = FieldType(side.name, False)
        relations[field] = SourceRelation("belongsTo", to_side, names)
        fields[field] = to_side
        fields |= {
            own: side.fields.get(key, FieldType("ID", False))
            for own, key in zip(names, side.key, strict=True)
        }
    rules = tuple(rule for side in sides for rule in side.rules or ())
    return SourceModel(name, fields, tuple(keys), relations, rules=rules or None)


def _generated(place: str, names: tuple[str, ...]) -> SourceIndex:
    return SourceIndex(f"gsi-{place}", names[0], names[1:])


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


def _camel(first: str, *others: str) -> str:
    return _lower(first) + "".join(name[:1].upper() + name[1:] for name in others)
