"""Saved questions to the logs (CloudWatch Logs Insights), under the environment's name."""

from constructs import Construct

from modules.architecture import aws

TASK_QUERIES = {
    "errors by component": """
        filter level in ["ERROR", "CRITICAL"]
        | stats count(*) as errors, latest(message) as last by component
        | sort errors desc""",
    "errors by model": """
        filter level in ["ERROR", "CRITICAL"] and message like /model group '/
        | parse message /model group '(?<model>[^']+)'/
        | stats count(*) as errors, latest(message) as last by model
        | sort errors desc""",
    "refused keys": """
        filter message like /user_api_key_auth\\(\\): Exception/
        | stats count(*) as refused by requester_ip, bin(5m)
        | sort refused desc""",
    "database errors": """
        filter @message like /too many (clients|connections)|connection slots|P1001|P2024|Can't reach database/
        | fields @timestamp, component, logger, message, @logStream
        | sort @timestamp desc
        | limit 100""",
}
"""Fields are those of LiteLLM's JSON lines (litellm/_logging.py, JsonFormatter): message, level, component, logger,
stacktrace and what a line adds of its own, such as requester_ip."""

OVERHEAD_QUERIES = {
    "slowest requests": """
        filter ispresent(OverheadMilliseconds.0)
        | fields @timestamp, OverheadMilliseconds.0 as slowest, Requests, @logStream
        | sort slowest desc
        | limit 50""",
}
"""A worker writes a minute's values in one line, the slowest first (litellm_files/overhead_metric.py); Logs Insights
numbers the elements of a list (User Guide, "Supported logs and discovered fields")."""

FLOW_QUERIES = {
    "refused connections": """
        filter action = "REJECT"
        | stats count(*) as connections, sum(bytes) as bytes by srcAddr, dstAddr, dstPort, protocol
        | sort connections desc
        | limit 50""",
}


class LogQueries(Construct):
    """Questions about errors, slow requests, refused keys and the database; with flow logs about refused flows."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        log_group_name: str,
        overhead_metric: bool,
        flow_log_group_name: str | None,
    ) -> None:
        super().__init__(scope, id_)
        self._queries(name, TASK_QUERIES, log_group_name)
        if overhead_metric:
            self._queries(name, OVERHEAD_QUERIES, log_group_name)
        if flow_log_group_name:
            self._queries(name, FLOW_QUERIES, flow_log_group_name)

    def _queries(self, name: str, queries: dict[str, str], log_group_name: str) -> None:
        for title, query in queries.items():
            aws.cloudwatch_query_definition.CloudwatchQueryDefinition(
                self,
                title.replace(" ", "_"),
                name=f"{name}/{title}",
                log_group_names=[log_group_name],
                query_string="\n".join(line.strip() for line in query.strip().splitlines()),
            )
