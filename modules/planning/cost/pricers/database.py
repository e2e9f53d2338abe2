"""RDS: instances, storage, backups, and what watches them."""

from modules.planning.cost.lines import Component
from modules.planning.cost.month import DAYS_PER_MONTH, Charged, Month
from modules.planning.cost.terraform_json import Resource
from modules.planning.database_classes import database_class

FREE_INSIGHTS_DAYS = 7


def instance(instance: Resource, month: Month) -> Charged:
    source = (month.plan.referred(instance, "replicate_source_db", "aws_db_instance") or [instance])[0]
    engine = instance.get("engine") or source.get("engine")
    if engine != "postgres":
        yield month.not_priced(instance, f"a database of the engine {engine} has no pricer")
        return
    if instance.get("storage_type", "gp3") != "gp3":
        yield month.not_priced(instance, f"storage of the type {instance.get('storage_type')} has no pricer")
        return
    zones = "multi_az" if instance.get("multi_az", False) else "single_az"
    name = instance.get("instance_class") or source.get("instance_class")
    shown = "with a standby in another zone" if zones == "multi_az" else "in one zone"
    yield from month.charge(
        instance,
        Component.DATABASE,
        "instance hours",
        f"rds.postgres.{zones}.{name}",
        month.hours,
        f"{name} {shown}, {month.hours:g} h",
    )
    yield from _storage(instance, source, month, zones)
    yield from _watching(instance, month, name)
    if name.split(".")[1] in ("t3", "t4g"):
        surplus = month.at(month.usage.database.surplus_vcpu_hours)
        yield from month.charge(
            instance,
            Component.DATABASE,
            "CPU beyond the burstable baseline",
            "rds.cpu_credit_vcpu_hour",
            surplus,
            f"{surplus:g} vCPU-hours, as the usage states",
        )


def _storage(instance: Resource, source: Resource, month: Month, zones: str) -> Charged:
    usage = month.usage.database
    allocated = float(instance.get("allocated_storage") or source.get("allocated_storage") or 0)
    gb = max(allocated, month.at(usage.storage_gb)) if usage.storage_gb else allocated
    yield from month.charge(
        instance, Component.DATABASE, "storage", f"rds.gp3_gb.{zones}", gb * month.months, f"{gb:g} GB of gp3"
    )
    if instance.get("iops") and gb < 400:
        yield month.not_priced(instance, "provisioned IOPS have no pricer")
    kept = backup_gb(month, float(instance.get("backup_retention_period", 0)))
    yield from month.charge(
        instance,
        Component.DATABASE,
        "backups",
        "rds.backup_gb",
        max(0, kept - gb) * month.months,
        f"{kept:g} GB of backups; as much as the storage, {gb:g} GB, costs nothing",
    )


def backup_gb(month: Month, days: float) -> float:
    """A full backup and each day's changes."""
    usage = month.usage.database
    return month.at(usage.used_gb) + month.at(usage.daily_change_gb) * days if days else 0


def _watching(instance: Resource, month: Month, name: str) -> Charged:
    interval = float(instance.get("monitoring_interval", 0))
    if interval:
        sample = month.at(month.usage.database.monitoring_sample_kb)
        yield from month.charge(
            instance,
            Component.MONITORING,
            "Enhanced Monitoring",
            "logs.ingested_gb",
            month.hours * 3600 / interval * sample / 1e6,
            f"a sample of {sample:g} kB every {interval:g} s into CloudWatch's logs",
        )
    days = float(instance.get("performance_insights_retention_period", FREE_INSIGHTS_DAYS))
    if instance.get("performance_insights_enabled", False) and days > FREE_INSIGHTS_DAYS:
        known = database_class(name)
        if known is None:
            yield month.not_priced(instance, f"Performance Insights: the number of vCPUs of {name} is not known")
            return
        yield from month.charge(
            instance,
            Component.MONITORING,
            "Performance Insights",
            "rds.performance_insights_vcpu",
            known.vcpus * month.months,
            f"{days:g} days kept, {known.vcpus} vCPUs; seven days cost nothing",
        )


def backups_elsewhere(replication: Resource, month: Month) -> Charged:
    """RDS User Guide, "Replicating automated backups to another AWS Region": transfer, then storage over there."""
    days = float(replication.get("retention_period", 7))
    kept = backup_gb(month, days)
    yield from month.charge(
        replication,
        Component.DATABASE,
        "copies of backups",
        "rds.backup_gb",
        kept * month.months,
        f"{kept:g} GB for {days:g} days in {replication.region}, where nothing of it is free",
    )
    moved = month.at(month.usage.database.daily_change_gb) * DAYS_PER_MONTH * month.months
    yield from month.charge(
        replication,
        Component.TRANSFER,
        "backups to another region",
        "transfer.region_gb",
        moved,
        f"{month.at(month.usage.database.daily_change_gb):g} GB of changes a day, to {replication.region}",
        region=month.plan.region,
    )
