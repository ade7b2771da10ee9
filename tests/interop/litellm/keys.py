# SPDX-License-Identifier: MIT
"""The keys of the proxy, in place of its database."""
import litellm
from fastapi import HTTPException
from litellm.proxy._types import UserAPIKeyAuth


async def check(request, api_key):
    if api_key == "sk-spent":
        raise litellm.BudgetExceededError(current_cost=2.0, max_budget=1.0)
    if api_key == "sk-slow":
        return UserAPIKeyAuth(api_key=api_key, rpm_limit=1)
    if api_key == "sk-good":
        return UserAPIKeyAuth(api_key=api_key)
    raise HTTPException(status_code=401, detail="Unknown key")
