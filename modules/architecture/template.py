"""Text in Terraform's JSON, which Terraform reads as a template."""


def literal(text: str) -> str:
    """The text as Terraform has to be given it to leave it as it is (Terraform language, "Strings and Templates")."""
    return text.replace("${", "$${").replace("%{", "%%{")
