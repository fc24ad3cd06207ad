"""The local environment: the service in an emulator on a laptop, without an AWS account."""

# The file in the assembly that lists unsupported resources.
LEFT_OUT = "left-out.json"
# The environment variable of a debugged function with the path of the debugger's session file.
DEBUG_SESSION = "LOCAL_DEBUG_SESSION"
# Environment variables of the local application: the names of the functions to debug, separated by
# commas, and the debugger's folder.
DEBUG_FUNCTIONS = "LOCAL_DEBUG_FUNCTIONS"
DEBUG_FOLDER = "LOCAL_DEBUG_FOLDER"
# The file in the assembly that lists the service's modules that the stacks import.
IMPORTED = "imported.json"
