"""AWS WAF before the load balancer: AWS's managed rules, as far as prompts survive them, and a limit per client."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from constructs import Construct

from modules.architecture import aws
from modules.settings import Firewall as FirewallSettings
from modules.target import Target

LOG_GROUP_PREFIX = "aws-waf-logs-"
"""AWS WAF Developer Guide, "Sending web ACL traffic logs to CloudWatch Logs": the name has to begin so."""
TOO_MANY_REQUESTS = 429
RATE_RULE = "RequestsOfOneClient"
RATE_WINDOW_SECONDS = 300

MANAGED_RULES: Mapping[str, tuple[str, ...]] = {
    # Prompts quote web pages, shell commands and exploits, exceed 8 KB, and link to wherever; clients are programs.
    "AWSManagedRulesCommonRuleSet": (
        "SizeRestrictions_BODY",
        "CrossSiteScripting_BODY",
        "GenericLFI_BODY",
        "GenericRFI_BODY",
        "EC2MetaDataSSRF_BODY",
        "NoUserAgent_HEADER",
    ),
    # A question about an exploit looks like one. The server is Python: neither Java's nor React's holes are its own.
    "AWSManagedRulesKnownBadInputsRuleSet": ("Log4JRCE_BODY", "JavaDeserializationRCE_BODY", "ReactJSRCE_BODY"),
    # Whoever calls an LLM from a program runs it at a hosting provider.
    "AWSManagedRulesAnonymousIpList": ("HostingProviderIPList",),
    "AWSManagedRulesAmazonIpReputationList": (),
}
"""By managed group: its rules that only count. The names are those of "AWS Managed Rules rule groups list" (AWS WAF
Developer Guide)."""

CREDENTIAL_HEADERS = (
    "authorization",
    "api-key",
    "x-api-key",
    "x-goog-api-key",
    "ocp-apim-subscription-key",
    "x-litellm-api-key",
    "x-mcp-auth",
    "cookie",
)
"""Headers in which LiteLLM takes keys (`SpecialHeaders`), and the admin page's cookie: they are not logged."""


class Firewall(Construct):
    """A web ACL on the load balancer, with a log of what it blocked, without keys."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        target: Target,
        load_balancer_arn: str,
        settings: FirewallSettings,
        logs_key: str | None,
    ) -> None:
        """
        Args:
            logs_key: KMS key of the log group; None for AWS's own.
        """
        super().__init__(scope, id_)
        managed = [
            aws.wafv2_web_acl.Wafv2WebAclRule(
                name=group,
                priority=priority,
                override_action=aws.wafv2_web_acl.Wafv2WebAclRuleOverrideAction(
                    none=aws.wafv2_web_acl.Wafv2WebAclRuleOverrideActionNone()
                ),
                statement={"managed_rule_group_statement": _managed_group(group, counted)},
                visibility_config=aws.wafv2_web_acl.Wafv2WebAclRuleVisibilityConfig(**_visible_as(group)),
            )
            for priority, (group, counted) in enumerate(MANAGED_RULES.items(), start=1)
        ]
        limit = aws.wafv2_web_acl.Wafv2WebAclRule(
            name=RATE_RULE,
            priority=len(managed) + 1,
            action=aws.wafv2_web_acl.Wafv2WebAclRuleAction(
                block=aws.wafv2_web_acl.Wafv2WebAclRuleActionBlock(
                    custom_response=aws.wafv2_web_acl.Wafv2WebAclRuleActionBlockCustomResponse(
                        response_code=TOO_MANY_REQUESTS
                    )
                )
            ),
            statement={
                "rate_based_statement": {
                    "aggregate_key_type": "IP",
                    "evaluation_window_sec": RATE_WINDOW_SECONDS,
                    "limit": settings.requests_per_client_in_5_minutes,
                }
            },
            visibility_config=aws.wafv2_web_acl.Wafv2WebAclRuleVisibilityConfig(**_visible_as(RATE_RULE)),
        )
        web_acl = aws.wafv2_web_acl.Wafv2WebAcl(
            self,
            "this",
            name=name,
            scope="REGIONAL",
            description="In front of LiteLLM",
            default_action=aws.wafv2_web_acl.Wafv2WebAclDefaultAction(
                allow=aws.wafv2_web_acl.Wafv2WebAclDefaultActionAllow()
            ),
            rule=[*managed, limit],
            visibility_config=aws.wafv2_web_acl.Wafv2WebAclVisibilityConfig(**_visible_as(name)),
        )
        aws.wafv2_web_acl_association.Wafv2WebAclAssociation(
            self, "of_load_balancer", web_acl_arn=web_acl.arn, resource_arn=load_balancer_arn
        )
        self._log(name, target, web_acl.arn, settings, logs_key)

    def _log(
        self, name: str, target: Target, web_acl_arn: str, settings: FirewallSettings, logs_key: str | None
    ) -> None:
        """What was blocked, that is; the load balancer's own log has a line for every request."""
        log_group = aws.cloudwatch_log_group.CloudwatchLogGroup(
            self,
            "logs",
            name=f"{LOG_GROUP_PREFIX}{name}",
            retention_in_days=settings.log_retention_days,
            kms_key_id=logs_key,
        )
        # Without one AWS makes a policy itself, which stays when the environment goes.
        permission = aws.cloudwatch_log_resource_policy.CloudwatchLogResourcePolicy(
            self,
            "delivery",
            policy_name=f"{LOG_GROUP_PREFIX}{name}",
            policy_document=json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "delivery.logs.amazonaws.com"},
                            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                            "Resource": [f"{log_group.arn}:*"],
                            "Condition": {
                                "StringEquals": {"aws:SourceAccount": target.account_id},
                                "ArnLike": {"aws:SourceArn": f"arn:aws:logs:{target.region}:{target.account_id}:*"},
                            },
                        }
                    ],
                }
            ),
        )
        logging = aws.wafv2_web_acl_logging_configuration
        header = logging.Wafv2WebAclLoggingConfigurationRedactedFieldsSingleHeader
        blocked = logging.Wafv2WebAclLoggingConfigurationLoggingFilterFilterConditionActionCondition(action="BLOCK")
        logging.Wafv2WebAclLoggingConfiguration(
            self,
            "logging",
            resource_arn=web_acl_arn,
            log_destination_configs=[log_group.arn],
            redacted_fields=[
                *(
                    logging.Wafv2WebAclLoggingConfigurationRedactedFields(single_header=header(name=credential))
                    for credential in CREDENTIAL_HEADERS
                ),
                # Clients of Google's API put the key there.
                logging.Wafv2WebAclLoggingConfigurationRedactedFields(
                    query_string=logging.Wafv2WebAclLoggingConfigurationRedactedFieldsQueryString()
                ),
            ],
            logging_filter=logging.Wafv2WebAclLoggingConfigurationLoggingFilter(
                default_behavior="DROP",
                filter=[
                    logging.Wafv2WebAclLoggingConfigurationLoggingFilterFilter(
                        behavior="KEEP",
                        requirement="MEETS_ANY",
                        condition=[
                            logging.Wafv2WebAclLoggingConfigurationLoggingFilterFilterCondition(
                                action_condition=blocked
                            )
                        ],
                    )
                ],
            ),
            depends_on=[permission],
        )


def _managed_group(group: str, counted: Sequence[str]) -> dict[str, Any]:
    overrides = [{"name": rule, "action_to_use": {"count": {}}} for rule in counted]
    return {"vendor_name": "AWS", "name": group} | ({"rule_action_override": overrides} if overrides else {})


def _visible_as(metric: str) -> dict[str, Any]:
    """As metrics, without samples: those would show keys."""
    return {"cloudwatch_metrics_enabled": True, "metric_name": metric, "sampled_requests_enabled": False}
