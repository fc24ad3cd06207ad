from aws_cdk import App, Environment
from orders.stack import OrdersStack

app = App()
OrdersStack(app, "Orders", env=Environment(account="111111111111", region="sa-east-1"))
app.synth()
