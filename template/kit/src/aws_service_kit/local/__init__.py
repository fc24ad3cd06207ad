"""Run the service on a laptop: in an emulator, without an AWS account."""

# The file in the assembly that lists unsupported resources.
LEFT_OUT = "left-out.json"
# The file in the assembly that describes the API, as in that of the task `synth`.
OPENAPI = "openapi.json"
# The variable of a debugged function with the path of the file about the debugger's session.
DEBUG_SESSION = "LOCAL_DEBUG_SESSION"
# Variables of the local application: the names of the functions to debug, separated by commas, and
# the debugger's folder.
DEBUG_FUNCTIONS = "LOCAL_DEBUG_FUNCTIONS"
DEBUG_FOLDER = "LOCAL_DEBUG_FOLDER"
# The file in the assembly that lists the service's modules that the stacks import.
IMPORTED = "imported.json"
