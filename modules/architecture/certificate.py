"""The load balancer's certificate: an existing one, or one that is issued for the domain."""

from constructs import Construct

from modules.architecture import aws
from modules.settings import Domain


class IssuedCertificate(Construct):
    """A certificate for a domain, validated through records in its Route 53 zone."""

    def __init__(self, scope: Construct, id_: str, *, domain: Domain) -> None:
        super().__init__(scope, id_)
        self.zone_id = aws.data_aws_route53_zone.DataAwsRoute53Zone(
            self, "zone", name=domain.hosted_zone, private_zone=False
        ).zone_id
        certificate = aws.acm_certificate.AcmCertificate(self, "this", domain_name=domain.name, validation_method="DNS")
        certificate.add_override("lifecycle.create_before_destroy", True)
        challenge = certificate.domain_validation_options.get(0)
        record = aws.route53_record.Route53Record(
            self,
            "challenge",
            zone_id=self.zone_id,
            name=challenge.resource_record_name,
            type=challenge.resource_record_type,
            records=[challenge.resource_record_value],
            ttl=60,
            allow_overwrite=True,
        )
        validation = aws.acm_certificate_validation.AcmCertificateValidation(
            self, "validation", certificate_arn=certificate.arn, validation_record_fqdns=[record.fqdn]
        )
        # The validation's reference, not the certificate's: a listener must wait until it is issued.
        self.arn = validation.certificate_arn
