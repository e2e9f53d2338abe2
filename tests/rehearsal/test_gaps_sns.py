"""A topic shows its attributes."""

from .conftest import AwsClient


def test_a_topic_shows_how_it_signs_if_that_was_chosen(aws: AwsClient) -> None:
    sns = aws("sns")
    signed = sns.create_topic(Name="signed", Attributes={"SignatureVersion": "2"})["TopicArn"]
    plain = sns.create_topic(Name="plain")["TopicArn"]
    assert sns.get_topic_attributes(TopicArn=signed)["Attributes"]["SignatureVersion"] == "2"
    assert "SignatureVersion" not in sns.get_topic_attributes(TopicArn=plain)["Attributes"]

    sns.set_topic_attributes(TopicArn=plain, AttributeName="SignatureVersion", AttributeValue="1")
    assert sns.get_topic_attributes(TopicArn=plain)["Attributes"]["SignatureVersion"] == "1"
    for topic in (signed, plain):
        sns.delete_topic(TopicArn=topic)
