"""Every write a client can ask for, one file each in `schema.mutations`.

Nouns first. What the caller or a policy stands against is data in the payload; top-level errors are faults of the
request or of the service.
"""

import strawberry

from schema.mutations.change_request_approve import change_request_approve
from schema.mutations.change_request_publish import change_request_publish
from schema.mutations.change_request_reject import change_request_reject
from schema.mutations.change_request_withdraw import change_request_withdraw
from schema.mutations.data_contract_publish import data_contract_publish
from schema.mutations.data_contract_withdraw import data_contract_withdraw
from schema.mutations.data_product_create import data_product_create
from schema.mutations.data_product_create_from_template import data_product_create_from_template
from schema.mutations.data_product_transition import data_product_transition
from schema.mutations.data_product_update import data_product_update
from schema.mutations.dependency_declare import dependency_declare
from schema.mutations.dependency_retire import dependency_retire
from schema.mutations.domain_register import domain_register
from schema.mutations.domain_update import domain_update
from schema.mutations.policy_define import policy_define
from schema.mutations.policy_retire import policy_retire
from schema.mutations.template_register import template_register
from schema.mutations.template_retire import template_retire
from schema.mutations.waiver_grant import waiver_grant
from schema.mutations.webhook_redeliver import webhook_redeliver
from schema.mutations.webhook_register import webhook_register
from schema.mutations.webhook_retire import webhook_retire


@strawberry.type(description="What can be changed. Every write is judged by the policies before it is kept.")
class Mutation:
    domain_register = strawberry.mutation(domain_register, description="Registers a domain; takes role governance.")
    domain_update = strawberry.mutation(
        domain_update, description="Changes a domain and the defaults its products take over from now on."
    )
    data_product_create = strawberry.mutation(
        data_product_create, description="Creates a product with its contract and dependencies: all of it or nothing."
    )
    data_product_create_from_template = strawberry.mutation(
        data_product_create_from_template,
        description="Creates a product from a template and a config: every wrong key of the config is told at once.",
    )
    data_product_update = strawberry.mutation(
        data_product_update, description="Changes what a product says of itself; makes its next revision."
    )
    data_product_transition = strawberry.mutation(
        data_product_transition, description="Moves a product along its life."
    )
    data_contract_publish = strawberry.mutation(
        data_contract_publish,
        description="Publishes a product's next contract; refused when it breaks live consumers, who can be asked.",
    )
    data_contract_withdraw = strawberry.mutation(
        data_contract_withdraw, description="Takes back a contract that waits for its date, held back or not."
    )
    change_request_approve = strawberry.mutation(
        change_request_approve, description="Agrees, for one affected domain, to a contract that breaks its products."
    )
    change_request_reject = strawberry.mutation(
        change_request_reject, description="Refuses it for one affected domain, which closes the request."
    )
    change_request_publish = strawberry.mutation(
        change_request_publish, description="Publishes the contract that every affected domain agreed to."
    )
    change_request_withdraw = strawberry.mutation(
        change_request_withdraw, description="Takes back a request that is not published."
    )
    dependency_declare = strawberry.mutation(
        dependency_declare,
        description="Declares that the consumer is made from the provider; again with other content: changes that.",
    )
    dependency_retire = strawberry.mutation(
        dependency_retire, description="Ends a dependency; lineage of the past still shows it."
    )
    policy_define = strawberry.mutation(
        policy_define, description="Defines a policy or its next version; a dry run tells whom it would hit today."
    )
    policy_retire = strawberry.mutation(
        policy_retire, description="Ends a policy in all its versions; none is deleted."
    )
    waiver_grant = strawberry.mutation(
        waiver_grant, description="Lets a product break a policy until a time; takes role governance."
    )
    template_register = strawberry.mutation(
        template_register, description="Registers a version of a template, for a domain or for all of them."
    )
    template_retire = strawberry.mutation(
        template_retire, description="Ends a version of a template; products made from it stay as they are."
    )
    webhook_register = strawberry.mutation(
        webhook_register, description="Has a URL told of events by signed requests; the answer shows the secret once."
    )
    webhook_retire = strawberry.mutation(
        webhook_retire, description="Sends nothing more to a webhook and forgets its secret."
    )
    webhook_redeliver = strawberry.mutation(
        webhook_redeliver, description="Sends events again: dead letters, or everything from an event on."
    )
