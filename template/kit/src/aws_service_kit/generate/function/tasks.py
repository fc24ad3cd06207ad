"""Add functions that are tasks of a workflow."""

from __future__ import annotations

import libcst as cst
from libcst import matchers as m

from aws_service_kit.generate.edits import Edit, add_definition, add_import, append, statements
from aws_service_kit.generate.errors import GenerateError, NoPlace
from aws_service_kit.generate.function.new_function import NewFunction, import_of
from aws_service_kit.generate.paths import HANDLERS

STATES = HANDLERS / "workflow_states.py"
STATES_START = '"""States that tasks of the workflow return to the next task."""\n'


def plan_task(function: NewFunction, text: str) -> None:
    """Plan a task of a workflow, the last one before the end.

    Raises:
        GenerateError: There is no such workflow.
    """
    workflow = function.service.resource(
        "StateMachine", text, remedy=f"python3 dev.py add workflow {text}"
    )
    if function.stack is not None and function.stack != workflow.stack:
        raise GenerateError(
            f"a task's function is in the workflow's stack, {workflow.stack.domain}: omit --stack"
        )
    function.create_files("task", workflow=workflow.id)
    function.plan.edit(
        STATES,
        add_import("aws_service_kit.runtime.envelope", "Correlated"),
        add_definition(function.render("task_state")),
        start=STATES_START,
    )
    name = function.name
    is_connected = any(
        each.class_name == "FunctionTask" and each.id == name.pascal
        for each in workflow.stack.constructs
    )
    task = add_last_task(workflow.id or text, name.snake, function.render("stack_task_state"))
    function.plan.edit(
        workflow.stack.path,
        *(import_of(each) for each in ("Function", "ServiceStack")),
        add_import("aws_cdk", "Duration"),
        add_definition(function.render("stack_task")),
        *(() if is_connected else (task,)),
    )
    if not function.plan.manual:
        function.create_stack_test("task", workflow=workflow.id)
    address = f"{workflow.stack.domain}/{workflow.id}"
    message = """'{"type": "Something Happened", "data": {}}'"""
    function.finish(f"python3 dev.py local-send {address} {message}")


def add_last_task(workflow: str, variable: str, code: str) -> Edit:
    """Add a task to a state machine, before its only `Succeed` state.

    The edit requires that the call of `StateMachine` has the `Succeed` in `start`, and a list in
    `tasks`, as in `start=first.next(sfn.Succeed(stack, "Done")), tasks=[first]`.

    Args:
        workflow: The state machine's id.
        variable: The variable of the task.
        code: Code that sets the variable, with `STACK` and `SFN` as placeholders for the stack and
            CDK's module of Step Functions.
    """
    where = f"where the StateMachine {workflow!r} is created"
    by_hand = (
        f"{code.replace('STACK', 'stack').replace('SFN', 'sfn')}\n"
        f"# Then continue with it, by `.next({variable})`, and add {variable} to `tasks`."
    )

    def edit(tree: cst.Module) -> cst.Module:
        call, block, index = _state_machine(tree, workflow, where, by_hand)
        start, tasks = _argument(call, "start"), _argument(call, "tasks")
        if start is None or tasks is None or not isinstance(tasks.value, cst.List):
            raise NoPlace(where, by_hand, "its tasks aren't a list in the call")
        if any(m.matches(each.value, m.Name(variable)) for each in tasks.value.elements):
            return tree
        ends = m.findall(start, m.Call(func=m.Attribute(attr=m.Name("Succeed"))))
        if len(ends) != 1:
            raise NoPlace(where, by_hand, "its call doesn't have one state Succeed in `start`")
        (end,) = ends
        end = cst.ensure_type(end, cst.Call)
        module = tree.code_for_node(cst.ensure_type(end.func, cst.Attribute).value)
        stack = tree.code_for_node(call.args[0].value)
        replaced = cst.parse_expression(f"{variable}.next({tree.code_for_node(end)})")
        value = start.value.deep_replace(end, replaced)
        listed = append(tasks.value, cst.Element(cst.Name(variable)))
        values = {"start": value, "tasks": listed}
        arguments = [
            each.with_changes(value=values.get(each.keyword.value, each.value))
            if each.keyword is not None
            else each
            for each in call.args
        ]
        new_call = call.with_changes(args=arguments)
        statement = block.body[index].deep_replace(call, new_call)
        made = statements(code.replace("STACK", stack).replace("SFN", module), tree)
        body = [*block.body[:index], *made, statement, *block.body[index + 1 :]]
        new = tree.deep_replace(block, block.with_changes(body=body))
        return import_of("FunctionTask")(cst.ensure_type(new, cst.Module))

    return edit


def _state_machine(
    tree: cst.Module, workflow: str, where: str, by_hand: str
) -> tuple[cst.Call, cst.IndentedBlock, int]:
    """Return the call that creates a state machine, with its block and statement."""
    identified = m.Call(
        func=m.Name("StateMachine"),
        args=[m.DoNotCare(), m.Arg(value=m.SimpleString()), m.ZeroOrMore()],
    )
    for function in m.findall(tree, m.FunctionDef(body=m.IndentedBlock())):
        block = cst.ensure_type(cst.ensure_type(function, cst.FunctionDef).body, cst.IndentedBlock)
        for index, statement in enumerate(block.body):
            if not isinstance(statement, cst.SimpleStatementLine):
                continue
            for found in m.findall(statement, identified):
                call = cst.ensure_type(found, cst.Call)
                literal = cst.ensure_type(call.args[1].value, cst.SimpleString)
                if literal.evaluated_value == workflow:
                    return call, block, index
    raise NoPlace(where, by_hand, "the file has no such call")


def _argument(call: cst.Call, name: str) -> cst.Arg | None:
    for argument in call.args:
        if argument.keyword is not None and argument.keyword.value == name:
            return argument
    return None
