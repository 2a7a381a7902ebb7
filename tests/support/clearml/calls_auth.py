"""Calls about who is asking: auth, users, organization, server."""
from auth import ACCESS_KEY, SECRET_KEY
from registry import CALLS, call


@call("auth.login")
def login(request):
    state = request.state
    token = state.auth.token(request.user, state.users[request.user], state.company,
                             request.get("expiration_sec"))
    return {"token": token}


@call("auth.logout")
def logout(request):
    if request.token:
        request.state.auth.revoke(request.token)
    return {}


@call("auth.validate_token")
def validate_token(request):
    try:
        user = request.state.auth.check("Bearer " + request.need("token"))[0]
    except Exception as e:
        return {"valid": False, "msg": str(e)}
    return {"valid": True, "user": user, "company": request.state.company}


@call("auth.get_credentials")
def get_credentials(request):
    return {"credentials": [{"access_key": ACCESS_KEY, "label": "tests"}]}


@call("auth.create_credentials")
def create_credentials(request):
    return {"credentials": {"access_key": ACCESS_KEY, "secret_key": SECRET_KEY}}


@call("users.get_current_user")
def get_current_user(request):
    state = request.state
    user = {"id": request.user, "name": state.users[request.user], "avatar": None,
            "company": {"id": state.company, "name": "hpo"}, "role": "user",
            "providers": {}, "created_in_version": "2.0.0"}
    return {"user": user, "getting_started": None, "settings": {}}


@call("users.get_by_id")
def get_by_id(request):
    user = request.need("user")
    return {"user": {"id": user, "name": request.state.users.get(user, "")}}


@call("users.get_all")
@call("users.get_all_ex")
def get_all(request):
    return {"users": [{"id": k, "name": v, "company": request.state.company}
                      for k, v in request.state.users.items()]}


@call("organization.get_tags")
def get_tags(request):
    tags = {t for task in request.state.tasks.values() for t in task["tags"]}
    return {"tags": sorted(tags), "system_tags": []}


@call("organization.get_user_companies")
def get_user_companies(request):
    state = request.state
    owners = [{"id": k, "name": v} for k, v in state.users.items()]
    return {"companies": [{"id": state.company, "name": "hpo", "allocated": len(owners),
                           "owners": owners}]}


@call("server.info")
def info(request):
    return {"version": "2.0.0", "build": "613", "commit": "0000000",
            "uid": request.state.company}


@call("server.endpoints")
def endpoints(request):
    return {"endpoints": sorted(CALLS)}


@call("debug.ping")
def ping(request):
    return {"msg": "HPO stand-in"}
