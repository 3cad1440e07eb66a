"""Laws of hook handles; what hooks do is tested in test_module.py."""

from pellucid.nn._hooks import Hook, HookHandle


def test_a_handle_removes_its_own_hook_and_no_other() -> None:
    hooks: dict[int, Hook] = {}
    handles = [HookHandle(hooks, ("after", print)) for _ in range(3)]
    handles[1].remove()
    handles[1].remove()
    assert len(hooks) == 2
    with handles[0]:
        assert len(hooks) == 2
    assert len(hooks) == 1


def test_hooks_stay_in_the_order_in_which_they_came() -> None:
    hooks: dict[int, Hook] = {}
    first = HookHandle(hooks, ("before", print))
    HookHandle(hooks, ("after", repr))
    first.remove()
    HookHandle(hooks, ("before", str))
    assert [hook for _, hook in hooks.values()] == [repr, str]
