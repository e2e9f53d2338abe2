"""ElastiCache: replication group, its one user, parameter group, subnet group, security group."""

from cdktf import TerraformResourceLifecycle
from constructs import Construct

from modules.architecture import aws
from modules.architecture.network import Network
from modules.architecture.roles import connect_to_cache
from modules.architecture.security_groups import allow, owner
from modules.settings import Cache as CacheSettings

COMMANDS = "-@all +@read +@write +@connection +@transaction +@scripting +@pubsub -@admin -@dangerous +info +time"
"""What LiteLLM sends (litellm/caching, proxy/hooks and proxy/common_utils, 1.106.2): keys and lists, pipelines in
transactions, Lua scripts for rate limits and budgets, which ask for the time, and messages between workers. Its
version of the server it learns from INFO. Without what removes everything or looks into others: FLUSHALL, KEYS, CLIENT
LIST, CONFIG."""

MEMORY_POLICY = "noeviction"
"""Rate limits, budgets and spend on its way to the database are no copies of anything: a cache that is full has to say
so, and must not drop them in silence, as ElastiCache's default (volatile-lru) would."""


class Cache(Construct):
    """What LiteLLM's workers share, encrypted, in the private subnets; tasks log in with their role.

    There is no password: the provider could keep one in Terraform's state alone.

    Attributes:
        address: of the primary, also after a failover.
        connect: what a role needs to log in.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        network: Network,
        settings: CacheSettings,
        kms_key_id: str | None,
    ) -> None:
        super().__init__(scope, id_)
        self._settings = settings
        self.security_group = network.security_group(
            self, name=f"{name}-cache", description="The tasks reach the cache"
        )
        major_version = settings.engine_version.split(".")[0]
        parameters = aws.elasticache_parameter_group.ElasticacheParameterGroup(
            self,
            "parameters",
            name=f"{name}-{settings.engine}{major_version}",
            family=f"{settings.engine}{major_version}",
            description="LiteLLM cache",
            parameter=[
                aws.elasticache_parameter_group.ElasticacheParameterGroupParameter(
                    name="maxmemory-policy", value=MEMORY_POLICY
                )
            ],
            # The nodes hold on to their group until they have another one, as after a change of the major version.
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        subnets = aws.elasticache_subnet_group.ElasticacheSubnetGroup(
            self, "subnets", name=name, subnet_ids=network.data_subnet_ids
        )
        # For logins with a role its id and its name have to be the same (ElastiCache, "Authenticating with IAM").
        user = aws.elasticache_user.ElasticacheUser(
            self,
            "user",
            engine=settings.engine,
            user_id=name,
            user_name=name,
            access_string=f"on ~* &* {COMMANDS}",
            authentication_mode=aws.elasticache_user.ElasticacheUserAuthenticationMode(type="iam"),
        )
        users = aws.elasticache_user_group.ElasticacheUserGroup(
            self,
            "users",
            engine=settings.engine,
            user_group_id=name,
            user_ids=[user.user_id, *self._default_user(name)],
        )
        highly_available = settings.nodes > 1
        group = aws.elasticache_replication_group.ElasticacheReplicationGroup(
            self,
            "this",
            replication_group_id=name,
            description="LiteLLM: rate limits, budgets, spend, cooldowns",
            engine=settings.engine,
            engine_version=settings.engine_version,
            auto_minor_version_upgrade="true",
            node_type=settings.node_type,
            num_cache_clusters=settings.nodes,
            automatic_failover_enabled=highly_available,
            multi_az_enabled=highly_available,
            port=settings.port,
            parameter_group_name=parameters.name,
            subnet_group_name=subnets.name,
            security_group_ids=[self.security_group.id],
            user_group_ids=[users.user_group_id],
            transit_encryption_enabled=True,
            transit_encryption_mode="required",
            at_rest_encryption_enabled="true",
            kms_key_id=kms_key_id,
            snapshot_retention_limit=settings.snapshot_retention_days,
            snapshot_window=settings.snapshot_window,
            maintenance_window=settings.maintenance_window,
        )
        self.address = group.primary_endpoint_address
        self.port = settings.port
        self.replication_group_id = group.replication_group_id
        self.user_name = user.user_name
        self.connect = connect_to_cache(group.arn, user.arn)

    def allow_from(self, clients: aws.security_group.SecurityGroup) -> None:
        """Let the clients connect."""
        allow(
            self,
            f"from_{owner(clients)}",
            clients=clients,
            servers=self.security_group,
            port=self.port,
            what="Cache from the tasks to the nodes",
        )

    def _default_user(self, name: str) -> list[str]:
        """Redis' groups must hold a user called `default`, and AWS's own one may do everything without a password: this
        one is switched off. Valkey's groups do without, and refuse users without a password."""
        if self._settings.engine == "valkey":
            return []
        user = aws.elasticache_user.ElasticacheUser(
            self,
            "default_user",
            engine=self._settings.engine,
            user_id=f"{name}-default",
            user_name="default",
            access_string="off ~* -@all",
            # Not as an authentication mode: AWS calls that by another name when it is read, and each plan would differ.
            no_password_required=True,
        )
        return [user.user_id]
