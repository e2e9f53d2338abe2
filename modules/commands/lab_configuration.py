"""Read by JupyterLab (`--config`): runs are archived, and the notebooks stay without outputs."""

from traitlets.config import get_config

from modules.commands.archive import archive_of_lab

get_config().FileContentsManager.pre_save_hook = archive_of_lab().before_save
